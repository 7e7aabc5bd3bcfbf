/** Turns the TypeScript of the gateway into what browsers load. Runs inside the build, never in a server. */
@NullMarked
package dev.switchboard.webbuild;

import org.jspecify.annotations.NullMarked;

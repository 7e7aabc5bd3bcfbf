/** The local stack with real servers, and with small programs in the place of gateway and worker. */
@NullMarked
package dev.switchboard.local;

import org.jspecify.annotations.NullMarked;

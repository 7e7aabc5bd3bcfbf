/** The sign-in page over real sockets. */
@NullMarked
package dev.switchboard.local.demo;

import org.jspecify.annotations.NullMarked;

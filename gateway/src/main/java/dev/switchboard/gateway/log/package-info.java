/** The conversation log in Redis: append, heads and tails, epochs, and whether Redis can be used at all. */
@NullMarked
package dev.switchboard.gateway.log;

import org.jspecify.annotations.NullMarked;

/** What was said: reads from MySQL, merged with the tails in Redis. Knows no HTTP. */
@NullMarked
package dev.switchboard.gateway.history;

import org.jspecify.annotations.NullMarked;

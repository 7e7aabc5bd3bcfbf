/** Conversations as Redis holds them, beyond their live side: pages of a tail, what is open, read marks. */
@NullMarked
package dev.switchboard.gateway.log.lane;

import org.jspecify.annotations.NullMarked;

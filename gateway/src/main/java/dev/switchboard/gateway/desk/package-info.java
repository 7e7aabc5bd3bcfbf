/** What a participant can do: one class for each use case, with its permissions and limits. No Netty, no Redis, no SQL. */
@NullMarked
package dev.switchboard.gateway.desk;

import org.jspecify.annotations.NullMarked;

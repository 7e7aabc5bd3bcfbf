/** Rooms: who of this gateway listens to what, and how a publication reaches sockets. */
@NullMarked
package dev.switchboard.gateway.room;

import org.jspecify.annotations.NullMarked;

/** The public port: accept, pipeline, handshake, heartbeats, drain. */
@NullMarked
package dev.switchboard.gateway.net;

import org.jspecify.annotations.NullMarked;

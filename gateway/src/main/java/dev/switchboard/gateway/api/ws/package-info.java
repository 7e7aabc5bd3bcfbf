/** The native front door: WebSocket frames with Protobuf or its JSON twin, turned into use cases of the desk. */
@NullMarked
package dev.switchboard.gateway.api.ws;

import org.jspecify.annotations.NullMarked;

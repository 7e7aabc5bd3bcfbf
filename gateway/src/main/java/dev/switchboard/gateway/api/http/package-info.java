/**
 * HTTP beside the WebSocket: what is served, to whom, and how refusals are worded.
 *
 * <p>{@link dev.switchboard.gateway.api.http.Routes} is the table. A request that {@code net} has read is judged by its head:
 * path, method, origin, who sends it, size and type of its body, rate. Only then its body is read, and the endpoint of its
 * route is called, on the event loop of its connection. One request of a connection is under way at a time.
 *
 * <p>Decisions. Everything that costs a caller's rights is decided before the body is read. A request that changes something
 * needs a JSON type, a header of its own where it comes with a cookie, and no sign of another site; one such sign alone would
 * do, but each has been got round in some browser. Nothing is decoded twice, and no literal part of a path is decoded at all.
 * Endpoints decline with a value, so that each contract words its refusals in its own way.
 */
@NullMarked
package dev.switchboard.gateway.api.http;

import org.jspecify.annotations.NullMarked;

package dev.switchboard.gateway.session;

import java.time.Duration;

/**
 * Bounds of one connection, and of all of them where that is said.
 *
 * @param unansweredSendsMax sends without an answer; beyond it the gateway stops reading
 * @param outboundBytesMax bytes waiting to be written; beyond it the connection is closed as a slow consumer
 * @param outboundTotalBytesMax the same over all connections of the gateway; beyond it those with most waiting are closed
 * @param unwritableMax how long it may take no data before the same happens
 * @param pingInterval between two heartbeats; two without an answer close the connection
 * @param beaconInterval between two words on where what it follows stands
 * @param connectionsPerUserMax connections of one user on this gateway; the oldest is closed
 */
public record SessionLimits(
        int unansweredSendsMax,
        int outboundBytesMax,
        long outboundTotalBytesMax,
        Duration unwritableMax,
        Duration pingInterval,
        Duration beaconInterval,
        int connectionsPerUserMax) {
    /** Refusals of requests that make no sense, within {@link #PROTOCOL_ERRORS_WINDOW}, before the connection is closed. */
    static final int PROTOCOL_ERRORS_MAX = 5;

    static final Duration PROTOCOL_ERRORS_WINDOW = Duration.ofSeconds(60);

    /** Sends over the rate in a row before the connection is closed. */
    static final int RATE_LIMITED_MAX = 10;

    /** Conversations an admin wrote to without following them, to hear of STORED; beyond it the oldest is forgotten. */
    static final int WROTE_TO_MAX = 1_000;

    /** Conversations one admin connection may follow one by one; beyond it TOO_MANY. */
    public static final int WATCHES_MAX = 1_000;
}

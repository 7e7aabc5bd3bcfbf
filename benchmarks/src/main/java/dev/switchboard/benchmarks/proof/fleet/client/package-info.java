/**
 * Clients that behave as the protocol asks, over real sockets, and say in a ledger what they did and saw. Confined to the event
 * loop of their fleet.
 */
@NullMarked
package dev.switchboard.benchmarks.proof.fleet.client;

import org.jspecify.annotations.NullMarked;

/**
 * The load of a proof: who comes, what they say and when, and the fleet of clients that carries it out. All clients of a fleet
 * live on one event loop.
 */
@NullMarked
package dev.switchboard.benchmarks.proof.fleet;

import org.jspecify.annotations.NullMarked;

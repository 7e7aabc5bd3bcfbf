/**
 * The judge of a proof: what clients saw and what the database holds, kept event by event and row by row, and what must hold
 * between the two. Knows no sockets and no processes, so that a ledger on disk can be judged again.
 */
@NullMarked
package dev.switchboard.benchmarks.proof.ledger;

import org.jspecify.annotations.NullMarked;

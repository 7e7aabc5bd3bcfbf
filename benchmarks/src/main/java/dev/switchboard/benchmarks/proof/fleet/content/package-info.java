/** What the clients of a proof say, and how they read what history kept of it. */
@NullMarked
package dev.switchboard.benchmarks.proof.fleet.content;

import org.jspecify.annotations.NullMarked;

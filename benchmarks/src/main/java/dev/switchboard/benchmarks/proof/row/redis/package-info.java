/** Rows that break Redis, or what leads to it. */
@NullMarked
package dev.switchboard.benchmarks.proof.row.redis;

import org.jspecify.annotations.NullMarked;

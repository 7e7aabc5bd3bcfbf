/** Rows that break a worker, the database, or what leads to it. */
@NullMarked
package dev.switchboard.benchmarks.proof.row.worker;

import org.jspecify.annotations.NullMarked;

/** One row that goes on for long, with one fault after another. */
@NullMarked
package dev.switchboard.benchmarks.proof.row.soak;

import org.jspecify.annotations.NullMarked;

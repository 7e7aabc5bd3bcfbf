/** The rows of the fault matrix, each a class of its own. */
@NullMarked
package dev.switchboard.benchmarks.proof.row;

import org.jspecify.annotations.NullMarked;

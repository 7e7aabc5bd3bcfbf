/** Rows about limits of the machine and of the network at its edge. */
@NullMarked
package dev.switchboard.benchmarks.proof.row.edge;

import org.jspecify.annotations.NullMarked;

@NullMarked
package dev.switchboard.benchmarks.proof.row.soak;

import org.jspecify.annotations.NullMarked;

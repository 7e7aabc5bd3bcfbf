@NullMarked
package dev.switchboard.benchmarks.proof.fleet;

import org.jspecify.annotations.NullMarked;

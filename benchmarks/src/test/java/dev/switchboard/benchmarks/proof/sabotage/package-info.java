@NullMarked
package dev.switchboard.benchmarks.proof.sabotage;

import org.jspecify.annotations.NullMarked;

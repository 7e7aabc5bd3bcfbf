@NullMarked
package dev.switchboard.benchmarks.proof.fleet.content;

import org.jspecify.annotations.NullMarked;

@NullMarked
package dev.switchboard.benchmarks.proof.report;

import org.jspecify.annotations.NullMarked;

@NullMarked
package dev.switchboard.benchmarks.load.report;

import org.jspecify.annotations.NullMarked;

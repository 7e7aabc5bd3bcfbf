@NullMarked
package dev.switchboard.benchmarks.load;

import org.jspecify.annotations.NullMarked;

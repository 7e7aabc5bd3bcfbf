@NullMarked
package dev.switchboard.benchmarks.load.client;

import org.jspecify.annotations.NullMarked;

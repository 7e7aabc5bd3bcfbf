@NullMarked
package dev.switchboard.benchmarks.proof.fleet.client;

import org.jspecify.annotations.NullMarked;

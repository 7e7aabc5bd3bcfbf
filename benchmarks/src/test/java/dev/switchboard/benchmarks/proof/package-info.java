/** Tests of the fault rig, and rows of the fault matrix as tests. */
@NullMarked
package dev.switchboard.benchmarks.proof;

import org.jspecify.annotations.NullMarked;

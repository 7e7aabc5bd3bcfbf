/** Tests of what is seen of processes, and of sites as a whole. */
@NullMarked
package dev.switchboard.benchmarks.proof.site;

import org.jspecify.annotations.NullMarked;

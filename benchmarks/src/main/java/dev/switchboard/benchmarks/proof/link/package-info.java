/** TCP links between real processes that can be slowed, cut, silenced and trapped while they run. */
@NullMarked
package dev.switchboard.benchmarks.proof.link;

import org.jspecify.annotations.NullMarked;

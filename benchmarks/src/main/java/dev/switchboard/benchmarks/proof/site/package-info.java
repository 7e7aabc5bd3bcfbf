/** The real processes that a proof breaks, each link between them, and what can be seen of them from outside. */
@NullMarked
package dev.switchboard.benchmarks.proof.site;

import org.jspecify.annotations.NullMarked;

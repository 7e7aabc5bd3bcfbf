/** What a proof found: the results of its rows, and the page that shows them. Immutable values, written once at the end. */
@NullMarked
package dev.switchboard.benchmarks.proof.report;

import org.jspecify.annotations.NullMarked;

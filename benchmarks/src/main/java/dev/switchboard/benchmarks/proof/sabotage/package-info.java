/**
 * Tests of the tests: a proof that a broken Switchboard passes would prove nothing. Each sabotage is a few edits of the product's
 * sources, applied to copies; nothing of it is ever in what is built for use.
 */
@NullMarked
package dev.switchboard.benchmarks.proof.sabotage;

import org.jspecify.annotations.NullMarked;

@NullMarked
package dev.switchboard.benchmarks.proof.ledger;

import org.jspecify.annotations.NullMarked;

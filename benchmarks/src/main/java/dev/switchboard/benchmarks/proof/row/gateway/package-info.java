/** Rows that break a gateway, or a connection to one. */
@NullMarked
package dev.switchboard.benchmarks.proof.row.gateway;

import org.jspecify.annotations.NullMarked;

/** The loop that turns entries of the log into transactions, and the ownership of partitions. */
@NullMarked
package dev.switchboard.worker.batch;

import org.jspecify.annotations.NullMarked;

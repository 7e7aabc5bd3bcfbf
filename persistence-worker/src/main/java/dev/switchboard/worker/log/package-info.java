/** The Redis side: reads the log of a partition, marks and trims what MySQL holds. */
@NullMarked
package dev.switchboard.worker.log;

import org.jspecify.annotations.NullMarked;

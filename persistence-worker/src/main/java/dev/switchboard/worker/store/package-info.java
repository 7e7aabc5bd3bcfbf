/** The MySQL side: tables, failures, dead letters. */
@NullMarked
package dev.switchboard.worker.store;

import org.jspecify.annotations.NullMarked;

@NullMarked
package dev.switchboard.worker.batch;

import org.jspecify.annotations.NullMarked;

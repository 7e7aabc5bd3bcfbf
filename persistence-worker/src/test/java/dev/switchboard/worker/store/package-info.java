@NullMarked
package dev.switchboard.worker.store;

import org.jspecify.annotations.NullMarked;

@NullMarked
package dev.switchboard.worker.ops;

import org.jspecify.annotations.NullMarked;

@NullMarked
package dev.switchboard.worker.log;

import org.jspecify.annotations.NullMarked;

@NullMarked
package dev.switchboard.worker.letters;

import org.jspecify.annotations.NullMarked;

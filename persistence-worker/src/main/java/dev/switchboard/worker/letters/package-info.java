/** The command with which people look after dead letters. */
@NullMarked
package dev.switchboard.worker.letters;

import org.jspecify.annotations.NullMarked;

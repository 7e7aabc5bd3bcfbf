/** The program that brings what was said from the log into MySQL. */
@NullMarked
package dev.switchboard.worker;

import org.jspecify.annotations.NullMarked;

/** The whole of Switchboard on one machine, for a first look, for development, for tests and for measurements. */
@NullMarked
package dev.switchboard.local;

import org.jspecify.annotations.NullMarked;

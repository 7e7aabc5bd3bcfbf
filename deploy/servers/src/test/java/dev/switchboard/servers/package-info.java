/** The servers themselves, started, killed and started again. */
@NullMarked
package dev.switchboard.servers;

import org.jspecify.annotations.NullMarked;

/** A stateless gateway: its main class, its composition and its configuration. */
@NullMarked
package dev.switchboard.gateway;

import org.jspecify.annotations.NullMarked;

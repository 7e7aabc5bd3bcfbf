@NullMarked
package dev.switchboard.gateway.history;

import org.jspecify.annotations.NullMarked;

/** Names, numbers and bytes that the gateway and the worker must agree on. */
@NullMarked
package dev.switchboard.wire;

import org.jspecify.annotations.NullMarked;

/** What operators see of a gateway. */
@NullMarked
package dev.switchboard.gateway.ops;

import org.jspecify.annotations.NullMarked;

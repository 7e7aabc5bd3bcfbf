/** From a token to an {@link dev.switchboard.gateway.auth.Identity}, and which origins may bring one. No Netty, no Redis. */
@NullMarked
package dev.switchboard.gateway.auth;

import org.jspecify.annotations.NullMarked;

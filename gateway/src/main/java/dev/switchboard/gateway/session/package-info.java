/** Connections that have passed authentication: what each is, follows and may still do, and why it closes. */
@NullMarked
package dev.switchboard.gateway.session;

import org.jspecify.annotations.NullMarked;

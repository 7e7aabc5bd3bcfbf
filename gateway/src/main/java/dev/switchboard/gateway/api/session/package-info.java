/** The session over HTTP: who am I, a longer life for an open connection, the end of it. */
@NullMarked
package dev.switchboard.gateway.api.session;

import org.jspecify.annotations.NullMarked;

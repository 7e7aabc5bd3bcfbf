/** Pages for people and the files they load, as the web build has left them on the class path. */
@NullMarked
package dev.switchboard.gateway.api.page;

import org.jspecify.annotations.NullMarked;

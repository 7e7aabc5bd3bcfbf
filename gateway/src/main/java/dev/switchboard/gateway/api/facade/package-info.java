/** HTTP APIs of systems that were there before, one class for each document, over the same use cases. */
@NullMarked
package dev.switchboard.gateway.api.facade;

import org.jspecify.annotations.NullMarked;

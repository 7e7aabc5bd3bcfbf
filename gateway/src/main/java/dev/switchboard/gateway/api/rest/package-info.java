/** The REST API: conversations and their history. */
@NullMarked
package dev.switchboard.gateway.api.rest;

import org.jspecify.annotations.NullMarked;

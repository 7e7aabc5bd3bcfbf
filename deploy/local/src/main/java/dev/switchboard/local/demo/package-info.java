/** The demo's stand-in for a platform: who can sign in, their tokens, the sign-in page, and what they have said already. */
@NullMarked
package dev.switchboard.local.demo;

import org.jspecify.annotations.NullMarked;

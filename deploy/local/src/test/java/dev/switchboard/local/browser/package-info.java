/** The pages in a real Chromium, against the whole stack. */
@NullMarked
package dev.switchboard.local.browser;

import org.jspecify.annotations.NullMarked;

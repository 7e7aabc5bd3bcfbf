/** How both programs read the variables that an operator sets. */
@NullMarked
package dev.switchboard.settings;

import org.jspecify.annotations.NullMarked;

@NullMarked
package dev.switchboard.worker;

import org.jspecify.annotations.NullMarked;

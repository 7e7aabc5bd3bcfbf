/** What an operations team finds at the private port of either program. */
@NullMarked
package dev.switchboard.ops;

import org.jspecify.annotations.NullMarked;

/** Real Redis and MariaDB servers from Maven artifacts, as child processes: for tests, the local stack and measurements. */
@NullMarked
package dev.switchboard.servers;

import org.jspecify.annotations.NullMarked;

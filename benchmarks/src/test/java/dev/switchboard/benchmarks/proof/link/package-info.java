/** Tests of links: over real sockets, against a server that answers what it is sent. */
@NullMarked
package dev.switchboard.benchmarks.proof.link;

import org.jspecify.annotations.NullMarked;

/** The fault rig: breaks a running system in numbered ways under load, and checks that its promise holds. */
@NullMarked
package dev.switchboard.benchmarks.proof;

import org.jspecify.annotations.NullMarked;

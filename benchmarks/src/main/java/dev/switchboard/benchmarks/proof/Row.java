package dev.switchboard.benchmarks.proof;

import java.util.Optional;

/**
 * One row of the fault matrix. Has no state of its own: a row may be run more than once. Everything it needs comes with the
 * context, and whatever it breaks on a shared site it mends, or the site is mended after it.
 */
public interface Row {
    /** Such as {@code F04}. */
    String id();

    /** What is broken, in a few words. */
    String title();

    /** What this machine lacks to run it, such as a program or root; empty if it can run. */
    default Optional<String> lacks() {
        return Optional.empty();
    }

    /** Breaks, mends, looks. One that throws has failed. */
    Evidence run(RowContext context) throws Exception;
}

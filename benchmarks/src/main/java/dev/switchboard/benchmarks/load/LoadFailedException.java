package dev.switchboard.benchmarks.load;

/** A run could not be carried out; it says nothing about what was to be measured. */
final class LoadFailedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    LoadFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}

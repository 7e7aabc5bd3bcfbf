package dev.switchboard.worker.ops;

/**
 * Waiting won't help: what was found needs a person, such as settings that lose data or a database of another build. Ends the
 * worker while it starts; while it runs it keeps it from being ready. The message is for an operator.
 */
public class StartRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StartRefusedException(String message) {
        super(message);
    }
}

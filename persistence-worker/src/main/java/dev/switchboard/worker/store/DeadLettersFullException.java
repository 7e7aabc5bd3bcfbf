package dev.switchboard.worker.store;

import dev.switchboard.worker.ops.StartRefusedException;

/** As many letters are kept as may be: the worker stops, because something is wrong that more letters would only hide. */
public final class DeadLettersFullException extends StartRefusedException {
    private static final long serialVersionUID = 1L;

    DeadLettersFullException(int lettersMax) {
        super("there are more than " + lettersMax
                + " dead letters: find out why, then replay or drop them; nothing more is stored until then");
    }
}

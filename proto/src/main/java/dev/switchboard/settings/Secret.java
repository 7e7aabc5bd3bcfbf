package dev.switchboard.settings;

import java.util.Objects;

/** A value that no log, error or dump may show. */
public final class Secret {
    private final String value;

    public Secret(String value) {
        this.value = Objects.requireNonNull(value);
    }

    /** The value itself. Pass it on; never print it. */
    public String reveal() {
        return value;
    }

    @Override
    public String toString() {
        return "(secret)";
    }
}

package dev.switchboard.worker;

import java.util.List;

/** The environment holds mistakes; all of them, one sentence each that names the variable. */
public final class InvalidConfigException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    InvalidConfigException(List<String> problems) {
        super(String.join("\n", problems));
    }
}

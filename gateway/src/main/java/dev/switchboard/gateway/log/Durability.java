package dev.switchboard.gateway.log;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What has to be true of a message before its sender is told ACCEPTED. Whatever it is, Redis has synced it to its disk. */
public sealed interface Durability {
    /** Nothing more. */
    record Local() implements Durability {}

    /** So many replicas have it in memory. */
    record Replicated(int replicas) implements Durability {
        /** How long the replicas may take, by Redis' clock. Everything behind it on its connection waits meanwhile. */
        static final int WAIT_MILLIS = 200;
    }

    /** It is committed in MySQL; {@code timeout} is how long that may take. */
    record Stored(Duration timeout) implements Durability {}

    /** Most replicas that can be asked for. */
    int REPLICAS_MAX = 9;

    /** Longest time-out for MySQL: clients send again after 10 s without an answer. */
    Duration STORED_TIMEOUT_MAX = Duration.ofSeconds(7);

    Pattern REPLICATED = Pattern.compile("replicated\\(([1-" + REPLICAS_MAX + "])\\)");

    /** As an operator writes it: {@code local}, {@code replicated(2)} or {@code stored}; empty for anything else. */
    static Optional<Durability> parse(String text, Duration storedTimeout) {
        Matcher replicated = REPLICATED.matcher(text);
        if (replicated.matches()) {
            return Optional.of(new Replicated(Integer.parseInt(replicated.group(1))));
        }
        return switch (text) {
            case "local" -> Optional.of(new Local());
            case "stored" -> Optional.of(new Stored(storedTimeout));
            default -> Optional.empty();
        };
    }

    /** Replicas that must be there; 0 where none is asked for. */
    default int replicasMin() {
        return this instanceof Replicated replicated ? replicated.replicas() : 0;
    }
}

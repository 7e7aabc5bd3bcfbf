package dev.switchboard.benchmarks.load;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** What must not happen and did; any of it makes a run void. Confined to one event loop until the run is over. */
final class Faults {
    private static final int EXAMPLES_MAX = 10;

    /** Kinds of fault, with the words for the report. */
    enum Kind {
        LOST("accepted but never delivered"),
        DOUBLED("delivered more than once"),
        REORDERED("delivered out of order"),
        HOLE("delivered with positions left out before it"),
        WRONG_TEXT("delivered with another text"),
        STRAY("an id that was not under way"),
        UNEXPECTED("a frame that has no place there"),
        DISCONNECTED("connections lost"),
        UNANSWERED("sends without an answer"),
        NOT_STORED("senders that were not told STORED for all"),
        ROWS("rows in the database too many or too few");

        private final String words;

        Kind(String words) {
            this.words = words;
        }

        String words() {
            return words;
        }
    }

    private final Map<Kind, Long> counts = new EnumMap<>(Kind.class);
    private final List<String> examples = new ArrayList<>();

    void add(Kind kind, String detail) {
        add(kind, 1, detail);
    }

    void add(Kind kind, long count, String detail) {
        counts.merge(kind, count, Long::sum);
        if (examples.size() < EXAMPLES_MAX) {
            examples.add(kind.words() + ": " + detail);
        }
    }

    boolean none() {
        return counts.isEmpty();
    }

    long count(Kind kind) {
        return counts.getOrDefault(kind, 0L);
    }

    /** One line for each kind, then the first cases. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        counts.forEach((kind, count) -> lines.add(count + " × " + kind.words()));
        examples.forEach(example -> lines.add("  " + example));
        return lines;
    }
}

package dev.switchboard.worker.letters;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What somebody asks of the dead letters. Immutable.
 *
 * @param letters ids; empty with {@code all}
 * @param after for lists, the id behind which to begin
 * @param text for one letter, shows what was said
 * @param actor who asks, for the record
 */
public record LettersRequest(
        Action action, List<Long> letters, boolean all, long after, int limit, boolean text, String actor) {
    static final int LIMIT_DEFAULT = 50;
    static final int LIMIT_MAX = 10_000;
    private static final int ACTOR_MAX = 64;

    /** How to use it. */
    public static final String HELP = """
            Looks after dead letters: what stood in the log and could not be stored. With the worker's own settings.

              dead-letters list [--after ID] [--limit N]   the oldest ones, 50 if no limit is given
              dead-letters show ID [--text]                one of them; what was said only with --text
              dead-letters replay ID... | --all            puts them back: their messages stand in MySQL and in history, at their
                                                           positions. What is still refused stays a letter, with the reason.
                                                           Workers may run meanwhile; doing it twice changes nothing
              dead-letters drop ID... | --all              gives them up for good

            replay and drop leave a line in the log and a row in the table dead_letter_action, with --by NAME or your user name.
            Ends with 0 if all went well, 1 if something did not, 2 if it was not understood.
            """;

    /** What to do. */
    public enum Action {
        HELP,
        LIST,
        SHOW,
        REPLAY,
        DROP
    }

    /** It was not understood; the message says what. */
    public static final class Misunderstood extends Exception {
        private static final long serialVersionUID = 1L;

        Misunderstood(String message) {
            super(message);
        }
    }

    /**
     * Reads arguments, without the word {@code dead-letters}.
     *
     * @param user who asks, unless they say otherwise
     */
    public static LettersRequest of(List<String> arguments, String user) throws Misunderstood {
        if (arguments.isEmpty() || arguments.contains("--help") || arguments.contains("-h")) {
            return new LettersRequest(Action.HELP, List.of(), false, 0, LIMIT_DEFAULT, false, user);
        }
        Action action = Arrays.stream(Action.values())
                .filter(each -> each.name().toLowerCase(Locale.ROOT).equals(arguments.get(0)))
                .findFirst()
                .orElseThrow(() -> new Misunderstood("there is no command dead-letters " + arguments.get(0)));
        List<Long> letters = new ArrayList<>();
        boolean all = false;
        boolean text = false;
        OptionalLong after = OptionalLong.empty();
        OptionalLong limit = OptionalLong.empty();
        Optional<String> actor = Optional.empty();
        Iterator<String> rest = arguments.subList(1, arguments.size()).iterator();
        while (rest.hasNext()) {
            String word = rest.next();
            switch (word) {
                case "--all" -> all = true;
                case "--text" -> text = true;
                case "--after" -> after = OptionalLong.of(number(value(word, rest)));
                case "--limit" -> limit = OptionalLong.of(number(value(word, rest)));
                case "--by" -> actor = Optional.of(value(word, rest));
                default -> letters.add(number(word));
            }
        }
        LettersRequest request = new LettersRequest(
                action,
                List.copyOf(letters),
                all,
                after.orElse(0),
                (int) Math.min(LIMIT_MAX, limit.orElse(LIMIT_DEFAULT)),
                text,
                actor.orElse(user));
        request.check(after.isPresent() || limit.isPresent());
        return request;
    }

    private void check(boolean paged) throws Misunderstood {
        boolean fits = switch (action) {
            case HELP -> true;
            case LIST -> letters.isEmpty() && !all && !text;
            case SHOW -> letters.size() == 1 && !all && !paged;
            case REPLAY, DROP -> letters.isEmpty() == all && !text && !paged;
        };
        if (!fits) {
            throw new Misunderstood(
                    "that is not how dead-letters " + action.name().toLowerCase(Locale.ROOT) + " is used; see --help");
        }
        if (actor.isBlank() || actor.length() > ACTOR_MAX || !actor.chars().allMatch(c -> c > ' ' && c != 0x7f)) {
            throw new Misunderstood("--by must be 1 to " + ACTOR_MAX + " characters without blanks");
        }
    }

    private static String value(String option, Iterator<String> rest) throws Misunderstood {
        if (!rest.hasNext()) {
            throw new Misunderstood(option + " needs a value");
        }
        return rest.next();
    }

    private static long number(String word) throws Misunderstood {
        try {
            long number = Long.parseLong(word);
            if (number > 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new Misunderstood(word + " is no number");
        }
        throw new Misunderstood(word + " is not positive");
    }
}

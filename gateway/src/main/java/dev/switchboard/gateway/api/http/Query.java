package dev.switchboard.gateway.api.http;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** The parameters of a request's query, each at most once. Immutable; whatever is wrong with them is {@link Declined} as 400. */
public final class Query {
    /** More parameters are refused; no route has half as many. */
    static final int PARAMETERS_MAX = 16;

    private static final Pattern WHOLE_NUMBER = Pattern.compile("0|[1-9][0-9]{0,8}");

    private final Map<String, String> parameters;

    private Query(Map<String, String> parameters) {
        this.parameters = parameters;
    }

    public static Query empty() {
        return new Query(Map.of());
    }

    /** Reads what stands behind the question mark. */
    static Query parse(String raw) {
        Map<String, String> parameters = new LinkedHashMap<>();
        if (raw.isEmpty()) {
            return empty();
        }
        for (String pair : raw.split("&", PARAMETERS_MAX + 1)) {
            int equals = pair.indexOf('=');
            String name = PercentText.parameter(equals < 0 ? pair : pair.substring(0, equals));
            String value = equals < 0 ? "" : PercentText.parameter(pair.substring(equals + 1));
            if (name.isEmpty() || parameters.size() == PARAMETERS_MAX) {
                throw Declined.badRequest("The query can't be read");
            }
            if (parameters.putIfAbsent(name, value) != null) {
                throw Declined.badRequest("A parameter stands twice");
            }
        }
        return new Query(parameters);
    }

    public Optional<String> text(String name) {
        return Optional.ofNullable(parameters.get(name));
    }

    /** A whole number in decimal, from min to max; {@code absent} where it isn't given. */
    public int number(String name, int absent, int min, int max) {
        String text = parameters.get(name);
        if (text == null) {
            return absent;
        }
        if (WHOLE_NUMBER.matcher(text).matches()) {
            int number = Integer.parseInt(text);
            if (number >= min && number <= max) {
                return number;
            }
        }
        throw Declined.badRequest(name + " must be a number from " + min + " to " + max);
    }

    /** Refuses parameters of other names: a misspelled one would be left out of account in silence. */
    public void only(String... names) {
        if (!Set.of(names).containsAll(parameters.keySet())) {
            throw Declined.badRequest("A parameter is not known here; known: " + String.join(", ", names));
        }
    }
}

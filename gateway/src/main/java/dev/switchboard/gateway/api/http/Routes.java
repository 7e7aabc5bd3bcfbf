package dev.switchboard.gateway.api.http;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The table of what is served: method, path, who may, how refusals are worded, who answers. Built once for each event loop,
 * then only read, on that loop: an endpoint may use what belongs to its loop.
 *
 * <p>A template is a path whose segments stand for themselves or, in braces, for a value: {@code /api/v1/x/{id}}. A segment
 * that stands for itself is never decoded: {@code /%61pi} is another path.
 */
public final class Routes {
    /** Bytes of a request's body, unless a route says otherwise. */
    public static final int BODY_BYTES_MAX = 16 * 1024;

    private final List<Route> routes = new ArrayList<>();

    /**
     * One line of the table.
     *
     * @param bodyBytesMax 0: a body is refused
     */
    public record Route(
            String method, String template, Access access, int bodyBytesMax, RefusalTexts texts, Endpoint endpoint) {
        /** Whether it may change something, and so must not be another site's doing. */
        boolean changes() {
            return !method.equals("GET");
        }
    }

    /** What the table says about a request. */
    sealed interface Match {
        record Found(Route route, Map<String, String> pathValues) implements Match {}

        /** There is such a path, but not with this method. */
        record OtherMethods(Set<String> methods) implements Match {}

        record None() implements Match {}
    }

    public Routes get(String template, Access access, Endpoint endpoint) {
        return get(template, access, endpoint, RefusalTexts.PROBLEM_JSON);
    }

    /** HEAD is answered, too. */
    public Routes get(String template, Access access, Endpoint endpoint, RefusalTexts texts) {
        return add(new Route("GET", template, access, 0, texts, endpoint));
    }

    /** With a JSON object as its body. */
    public Routes post(String template, Access access, Endpoint endpoint) {
        return add(new Route("POST", template, access, BODY_BYTES_MAX, RefusalTexts.PROBLEM_JSON, endpoint));
    }

    /** Any other combination. */
    public Routes add(Route route) {
        if (!route.template().startsWith("/")
                || routes.stream()
                        .anyMatch(other -> other.method().equals(route.method())
                                && other.template().equals(route.template()))) {
            throw new IllegalArgumentException("no template, or one that stands twice: " + route.template());
        }
        if (route.changes() && route.access() == Access.OPEN) {
            // Nobody to answer for it, and nothing that tells another site's doing from a person's.
            throw new IllegalArgumentException("what changes something is for known callers: " + route.template());
        }
        routes.add(route);
        return this;
    }

    /** The lines, in order. */
    public List<Route> all() {
        return List.copyOf(routes);
    }

    /** The first line that fits. Throws {@link Declined} where a value of the path can't be read. */
    Match match(String method, String path) {
        String asked = method.equals("HEAD") ? "GET" : method;
        String[] segments = path.split("/", -1);
        Set<String> others = new TreeSet<>();
        for (Route route : routes) {
            Map<String, String> values = values(route.template().split("/", -1), segments);
            if (values != null && route.method().equals(asked)) {
                return new Match.Found(route, values);
            }
            if (values != null) {
                others.add(route.method());
                if (route.method().equals("GET")) {
                    others.add("HEAD");
                }
            }
        }
        return others.isEmpty() ? new Match.None() : new Match.OtherMethods(others);
    }

    private static @Nullable Map<String, String> values(String[] template, String[] segments) {
        if (template.length != segments.length) {
            return null;
        }
        Map<String, String> raw = new LinkedHashMap<>();
        for (int i = 0; i < template.length; i++) {
            String part = template[i];
            if (part.startsWith("{") && !segments[i].isEmpty()) {
                raw.put(part.substring(1, part.length() - 1), segments[i]);
            } else if (!part.equals(segments[i])) {
                return null;
            }
        }
        raw.replaceAll((name, value) -> PercentText.segment(value));
        return raw;
    }
}

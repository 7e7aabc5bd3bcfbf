package dev.switchboard.gateway.auth;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The origins whose pages may use a user's cookie. Immutable. A list of exact origins: a cookie's SameSite doesn't stop
 * sibling subdomains, and every looser match has been tricked. An empty list refuses all.
 */
public final class Origins {
    // Host names as browsers send them: lower case, Punycode, no trailing dot; or an IPv6 address.
    private static final Pattern ORIGIN = Pattern.compile("(https?)://"
            + "([a-z0-9](?:[a-z0-9_-]*[a-z0-9])?(?:\\.[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?)*|\\[[0-9a-f:.]+])"
            + "(?::([1-9][0-9]{0,4}))?");
    private static final int ORIGIN_CHARS_MAX = 300;
    private static final int PORT_MAX = 65_535;

    private final Set<String> allowed;

    private Origins(Set<String> allowed) {
        this.allowed = Set.copyOf(allowed);
    }

    /**
     * Exactly these origins.
     *
     * @throws IllegalArgumentException naming the one that is no origin
     */
    public static Origins of(List<String> origins) {
        Set<String> allowed = new HashSet<>();
        for (String origin : origins) {
            allowed.add(normal(origin)
                    .orElseThrow(() -> new IllegalArgumentException(
                            "\"" + origin + "\" is no origin such as https://app.example.com (no path, no wildcard)")));
        }
        return new Origins(allowed);
    }

    /** Whether a page of this origin may come in; {@code null} is a request without the header. */
    public boolean check(@Nullable String origin) {
        return origin != null && normal(origin).filter(allowed::contains).isPresent();
    }

    /**
     * The allowed origin that a request with this Host header was sent to; empty if there is none, so that a made-up header
     * leads nowhere. Where both schemes are allowed it is https.
     */
    public Optional<String> ofHost(String host) {
        String lower = host.toLowerCase(Locale.ROOT);
        return Stream.of("https://" + lower, "http://" + lower)
                .filter(this::check)
                .findFirst();
    }

    public boolean isEmpty() {
        return allowed.isEmpty();
    }

    private static Optional<String> normal(String origin) {
        if (origin.length() > ORIGIN_CHARS_MAX) {
            return Optional.empty();
        }
        Matcher matcher = ORIGIN.matcher(origin.toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            return Optional.empty();
        }
        String scheme = matcher.group(1);
        String port = matcher.group(3);
        int number = port != null ? Integer.parseInt(port) : scheme.equals("https") ? 443 : 80;
        return number > PORT_MAX ? Optional.empty() : Optional.of(scheme + "://" + matcher.group(2) + ":" + number);
    }
}

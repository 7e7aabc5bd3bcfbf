package dev.switchboard.gateway.auth;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * What a request brings to prove who sends it. Pure functions over its headers.
 *
 * <p>A token that code put there on purpose ({@code Authorization: Bearer}, or the subprotocol
 * {@code base64url.bearer.switchboard.…} where a browser can set no header) wins over the cookie, which a browser attaches
 * by itself. Two of the same kind, or both explicit kinds, are refused: whoever checks one must not act on the other.
 */
public sealed interface Credentials {
    /** Begins the subprotocol that carries a token. It is never echoed: the answer names the real subprotocol. */
    String BEARER_SUBPROTOCOL = "base64url.bearer.switchboard.";

    /** A token, not verified yet. */
    record Presented(String token, Source source) implements Credentials {
        @Override
        public String toString() {
            return "token from " + source;
        }
    }

    /** No token, or more than one. */
    record Lacking(Refusal refusal) implements Credentials {}

    /** Where a token stood. Only a cookie comes without the page's doing. */
    enum Source {
        COOKIE,
        AUTHORIZATION,
        SUBPROTOCOL
    }

    /** The headers that matter, each with all its values in order. */
    record Headers(List<String> cookie, List<String> authorization, List<String> subprotocol, List<String> origin) {
        public Headers {
            cookie = List.copyOf(cookie);
            authorization = List.copyOf(authorization);
            subprotocol = List.copyOf(subprotocol);
            origin = List.copyOf(origin);
        }

        @Override
        public String toString() {
            return "headers of origin " + origin;
        }
    }

    /** Finds the token of a request. */
    static Credentials find(Headers headers, String cookieName) {
        List<Presented> explicit = new ArrayList<>();
        headers.authorization().forEach(value -> bearer(value).ifPresent(explicit::add));
        parts(headers.subprotocol()).forEach(value -> subprotocol(value).ifPresent(explicit::add));
        List<String> cookies = cookies(headers.cookie(), cookieName);
        if (explicit.size() > 1 || cookies.size() > 1) {
            return new Lacking(Refusal.AMBIGUOUS);
        }
        if (!explicit.isEmpty()) {
            Presented only = explicit.get(0);
            return only.token().isEmpty() ? new Lacking(Refusal.NO_TOKEN) : only;
        }
        if (headers.cookie().stream().allMatch(String::isBlank)) {
            return new Lacking(Refusal.NOT_AUTHENTICATED);
        }
        return cookies.isEmpty() || cookies.get(0).isEmpty()
                ? new Lacking(Refusal.NO_TOKEN)
                : new Presented(cookies.get(0), Source.COOKIE);
    }

    /** The subprotocols that a client offers, in its order, without those that carry a token. */
    static List<String> realSubprotocols(List<String> subprotocol) {
        return parts(subprotocol).stream()
                .filter(part -> !part.startsWith(BEARER_SUBPROTOCOL))
                .toList();
    }

    private static Optional<Presented> bearer(String authorization) {
        String value = authorization.strip();
        boolean bearer = value.regionMatches(true, 0, "Bearer", 0, 6)
                && (value.length() == 6 || Character.isWhitespace(value.charAt(6)));
        return bearer ? Optional.of(new Presented(value.substring(6).strip(), Source.AUTHORIZATION)) : Optional.empty();
    }

    private static Optional<Presented> subprotocol(String value) {
        if (!value.startsWith(BEARER_SUBPROTOCOL)) {
            return Optional.empty();
        }
        String carried = value.substring(BEARER_SUBPROTOCOL.length());
        return Optional.of(new Presented(carried.indexOf('.') >= 0 ? carried : decoded(carried), Source.SUBPROTOCOL));
    }

    /** Encoded once more, as Kubernetes does it. A token as it stands has dots, which base64url has not. */
    private static String decoded(String carried) {
        try {
            return new String(Base64.getUrlDecoder().decode(carried), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            // No token looks like this, so it will be refused as an invalid one.
            return carried;
        }
    }

    /** Values of all cookies of exactly this name; {@code csrftoken} is not {@code token}. */
    private static List<String> cookies(List<String> headers, String name) {
        List<String> found = new ArrayList<>();
        for (String header : headers) {
            for (String pair : header.split(";", -1)) {
                int equals = pair.indexOf('=');
                if (equals >= 0 && pair.substring(0, equals).strip().equals(name)) {
                    found.add(unquoted(pair.substring(equals + 1).strip()));
                }
            }
        }
        return found;
    }

    private static String unquoted(String value) {
        boolean quoted = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
        return quoted ? value.substring(1, value.length() - 1) : value;
    }

    private static List<String> parts(List<String> headers) {
        List<String> parts = new ArrayList<>();
        for (String header : headers) {
            for (String part : header.split(",", -1)) {
                if (!part.isBlank()) {
                    parts.add(part.strip());
                }
            }
        }
        return parts;
    }
}

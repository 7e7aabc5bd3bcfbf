package dev.switchboard.gateway.api.http;

import dev.switchboard.gateway.auth.Origins;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * What pages of other origins may do: those of the allow-list read and write with the user's cookie, all others nothing.
 * Immutable; any thread.
 */
public final class CrossSite {
    private static final int PREFLIGHT_SECONDS = 600;

    /** Fetch metadata of requests that no other site has caused. Browsers set it, pages can't. */
    private static final Set<String> OWN_SITE = Set.of("same-origin", "none");

    private final Origins allowed;
    private final boolean tls;

    /** @param tls whether this port speaks TLS, so that a page without it is another origin */
    public CrossSite(Origins allowed, boolean tls) {
        this.allowed = allowed;
        this.tls = tls;
    }

    /** Why a request that changes something could be another site's doing; empty if it can't be. */
    Optional<String> suspicion(HttpHeaders headers, boolean byCookie) {
        List<String> origin = headers.getAll(HttpHeaderNames.ORIGIN);
        if (!isAllowed(origin)) {
            if (!origin.isEmpty() && !isOwn(origin, headers.getAll(HttpHeaderNames.HOST))) {
                return Optional.of("The origin is not allowed");
            }
            List<String> site = headers.getAll("Sec-Fetch-Site");
            if (!site.isEmpty() && (site.size() > 1 || !OWN_SITE.contains(site.get(0)))) {
                return Optional.of("The request comes from another site");
            }
        }
        // A header that no form can set and no other origin may set without having asked.
        return byCookie && !headers.getAll("X-Switchboard").equals(List.of("1"))
                ? Optional.of("With a cookie, send the header X-Switchboard: 1")
                : Optional.empty();
    }

    private boolean isAllowed(List<String> origin) {
        return origin.size() == 1 && allowed.check(origin.get(0));
    }

    private boolean isOwn(List<String> origin, List<String> host) {
        if (origin.size() != 1 || host.size() != 1) {
            return false;
        }
        String page = origin.get(0).toLowerCase(Locale.ROOT);
        String own = host.get(0).toLowerCase(Locale.ROOT);
        // Where TLS ends in front of the gateway, which of the two it was can't be seen from here.
        return page.equals("https://" + own) || (!tls && page.equals("http://" + own));
    }

    /** An answer that says which page may read it. */
    HttpReply shared(HttpReply reply, HttpHeaders request) {
        String vary = reply.headers().get("Vary");
        HttpReply varying = reply.with("Vary", vary == null ? "Origin" : vary + ", Origin");
        List<String> origin = request.getAll(HttpHeaderNames.ORIGIN);
        return isAllowed(origin)
                ? varying.with("Access-Control-Allow-Origin", origin.get(0))
                        .with("Access-Control-Allow-Credentials", "true")
                        .with(
                                "Access-Control-Expose-Headers",
                                "Link, Retry-After, X-Missing, X-Request-Id, X-Total-Count")
                : varying;
    }

    /** What a page may ask for before it asks; only to pages of the allow-list. */
    HttpReply preflight(HttpHeaders request, Set<String> methods) {
        return isAllowed(request.getAll(HttpHeaderNames.ORIGIN))
                ? HttpReply.empty(204)
                        .with("Access-Control-Allow-Methods", String.join(", ", methods))
                        .with("Access-Control-Allow-Headers", "Authorization, Content-Type, X-Switchboard")
                        .with("Access-Control-Max-Age", Integer.toString(PREFLIGHT_SECONDS))
                : HttpReply.problem(Problem.FORBIDDEN, "The origin is not allowed");
    }
}

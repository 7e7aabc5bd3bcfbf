package dev.switchboard.gateway.api.http;

import dev.switchboard.gateway.auth.Authenticator;
import dev.switchboard.gateway.auth.Credentials;
import dev.switchboard.gateway.auth.Identity;
import dev.switchboard.gateway.auth.Refusal;
import dev.switchboard.gateway.desk.RequestRates;
import dev.switchboard.gateway.ops.GatewayMeters;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Judges requests by their heads, in the order of what costs least: address, method, form, who sends it, whether that page may,
 * whether that person may, how often. One for each event loop, confined to it.
 */
public final class HttpDoor {
    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

    private static final Pattern JSON =
            Pattern.compile("application/json(?: *; *charset=\"?utf-8\"?)?", Pattern.CASE_INSENSITIVE);

    private final Routes routes;
    private final Guards guards;
    private final Function<Identity, CompletionStage<Duration>> shared;

    /** What all loops share. */
    public record Guards(Authenticator authenticator, CrossSite crossSite, RequestRates rates, GatewayMeters meters) {}

    /** @param shared how long a caller has to wait, as all gateways together count; on this event loop, never fails */
    public HttpDoor(Routes routes, Guards guards, Function<Identity, CompletionStage<Duration>> shared) {
        this.routes = routes;
        this.shared = shared;
        this.guards = guards;
    }

    /**
     * Takes a request by its head; its body, if it may have one, is for the caller to read. Never throws.
     *
     * @param address of the client; empty where it is not known
     */
    public Exchange begin(HttpRequest head, String address) {
        Exchange exchange = new Exchange(head, UUID.randomUUID().toString(), guards, shared);
        try {
            judge(exchange, head, address);
        } catch (Declined declined) {
            exchange.refuse(declined.problem(), declined.detail());
        } catch (RuntimeException e) {
            exchange.fail(e);
        }
        return exchange;
    }

    private void judge(Exchange exchange, HttpRequest head, String address) {
        String uri = head.uri();
        int question = uri.indexOf('?');
        String path = question < 0 ? uri : uri.substring(0, question);
        String method = head.method().name();
        exchange.target(new HttpCall.Target(method, path, Map.of(), Query.empty()));
        if (!METHODS.contains(method)) {
            exchange.refuseMethod(Set.of("GET", "HEAD", "POST"));
            return;
        }
        if (!path.startsWith("/") || uri.indexOf('#') >= 0) {
            throw Declined.notFound();
        }
        checkHost(head);
        String asked = head.headers().get(HttpHeaderNames.ACCESS_CONTROL_REQUEST_METHOD);
        boolean preflight = method.equals("OPTIONS") && asked != null;
        Routes.Match match = routes.match(preflight ? asked : method, path);
        if (match instanceof Routes.Match.None) {
            throw Declined.notFound();
        }
        if (match instanceof Routes.Match.OtherMethods others) {
            exchange.refuseMethod(others.methods());
            return;
        }
        Routes.Match.Found found = (Routes.Match.Found) match;
        Routes.Route route = found.route();
        if (preflight) {
            exchange.refuse(guards.crossSite().preflight(head.headers(), Set.of(route.method())));
            return;
        }
        exchange.found(route);
        Query query = question < 0 ? Query.empty() : Query.parse(uri.substring(question + 1));
        exchange.target(new HttpCall.Target(route.method(), path, found.pathValues(), query));
        checkForm(route, head);
        if (route.access() == Access.OPEN) {
            return;
        }
        Duration refusedFor = guards.authenticator().refusedFor(address);
        if (!refusedFor.isZero()) {
            exchange.refuseRate(refusedFor);
            return;
        }
        Identity caller = checkCaller(route, head.headers(), address);
        exchange.caller(caller);
        Duration wait = guards.rates().admit(caller);
        if (!wait.isZero()) {
            exchange.refuseRate(wait);
        }
    }

    private static void checkHost(HttpRequest head) {
        if (head.protocolVersion().equals(HttpVersion.HTTP_1_1)
                && head.headers().getAll(HttpHeaderNames.HOST).size() != 1) {
            throw Declined.badRequest("One Host header is needed");
        }
    }

    /** Everything about a body but the body. */
    private static void checkForm(Routes.Route route, HttpRequest head) {
        HttpHeaders headers = head.headers();
        // Nothing is inflated: a few bytes could be gigabytes.
        for (String coding : headers.getAll(HttpHeaderNames.CONTENT_ENCODING)) {
            if (!coding.strip().equalsIgnoreCase("identity")) {
                throw new Declined(Problem.UNSUPPORTED_MEDIA, "Bodies are not taken in another encoding");
            }
        }
        String expectation = headers.get(HttpHeaderNames.EXPECT);
        if (expectation != null && !HttpHeaderValues.CONTINUE.contentEqualsIgnoreCase(expectation)) {
            throw Declined.badRequest("This expectation is not known");
        }
        boolean unbounded = route.bodyBytesMax() == 0 && HttpUtil.isTransferEncodingChunked(head);
        if (unbounded || HttpUtil.getContentLength(head, 0L) > route.bodyBytesMax()) {
            throw new Declined(Problem.TOO_LARGE, "At most " + route.bodyBytesMax() + " bytes are taken here");
        }
        List<String> types = headers.getAll(HttpHeaderNames.CONTENT_TYPE);
        if (route.changes() && !(types.size() == 1 && JSON.matcher(types.get(0)).matches())) {
            throw new Declined(Problem.UNSUPPORTED_MEDIA, "Send application/json");
        }
    }

    private Identity checkCaller(Routes.Route route, HttpHeaders headers, String address) {
        Authenticator.Outcome outcome = guards.authenticator()
                .authenticate(
                        new Credentials.Headers(
                                headers.getAll(HttpHeaderNames.COOKIE),
                                headers.getAll(HttpHeaderNames.AUTHORIZATION),
                                List.of(),
                                headers.getAll(HttpHeaderNames.ORIGIN)),
                        address);
        if (outcome instanceof Authenticator.Outcome.Refused refused) {
            Refusal refusal = refused.refusal();
            throw new Declined(problem(refusal), refusal.text());
        }
        Authenticator.Outcome.Known known = (Authenticator.Outcome.Known) outcome;
        if (route.changes()) {
            guards.crossSite()
                    .suspicion(headers, known.source() == Credentials.Source.COOKIE)
                    .ifPresent(suspicion -> {
                        throw new Declined(Problem.CSRF, suspicion);
                    });
        }
        if (route.access() == Access.ADMIN && !known.identity().isAdmin()) {
            throw new Declined(Problem.FORBIDDEN, "For administrators only");
        }
        return known.identity();
    }

    private static Problem problem(Refusal refusal) {
        return switch (refusal.status()) {
            case 401 -> Problem.UNAUTHENTICATED;
            case 503 -> Problem.UNAVAILABLE;
            default -> Problem.BAD_REQUEST;
        };
    }
}

package dev.switchboard.gateway.api.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.switchboard.gateway.auth.Identity;
import dev.switchboard.gateway.auth.StrictJson;
import dev.switchboard.gateway.history.DatabaseWork;
import io.netty.handler.codec.http.HttpRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request from its head to its answer. Confined to its event loop, but for the endpoint's answer, which may come from any
 * thread. Whatever happens, there is exactly one reply to write, and it is counted once.
 */
public final class Exchange {
    private static final Logger log = LoggerFactory.getLogger(Exchange.class);

    /** Come again after so many seconds, each at another time, or they all come at once. */
    private static final int RETRY_SECONDS_MAX = 5;

    private final HttpRequest head;
    private final String requestId;
    private final HttpDoor.Guards guards;
    private final Function<Identity, CompletionStage<Duration>> shared;
    private final long startedNanos = System.nanoTime();
    private HttpCall.Target target = new HttpCall.Target("", "", Map.of(), Query.empty());
    private Routes.@Nullable Route route;
    private @Nullable Identity caller;
    private @Nullable HttpReply refusal;

    Exchange(
            HttpRequest head,
            String requestId,
            HttpDoor.Guards guards,
            Function<Identity, CompletionStage<Duration>> shared) {
        this.shared = shared;
        this.head = head;
        this.requestId = requestId;
        this.guards = guards;
    }

    void target(HttpCall.Target asked) {
        target = asked;
    }

    void found(Routes.Route found) {
        route = found;
    }

    void caller(@Nullable Identity known) {
        caller = known;
    }

    void refuse(HttpReply reply) {
        refusal = reply;
    }

    void refuse(Problem problem, String detail) {
        refusal = worded(problem, detail);
    }

    void refuseMethod(Set<String> allowed) {
        refusal = HttpReply.problem(Problem.METHOD, "").with("Allow", String.join(", ", allowed));
    }

    void refuseRate(Duration wait) {
        refusal = rateLimited(wait);
    }

    private HttpReply rateLimited(Duration wait) {
        long seconds = wait.plusMillis(999).toSeconds();
        return worded(Problem.RATE_LIMITED, "").with("Retry-After", Long.toString(seconds));
    }

    /** Nobody foresaw this. Told once in the log, under the id the caller gets. */
    void fail(Throwable cause) {
        refusal = failed(cause);
    }

    public String requestId() {
        return requestId;
    }

    /** The answer that is certain from the head alone. */
    public Optional<HttpReply> refusal() {
        return Optional.ofNullable(refusal);
    }

    public int bodyBytesMax() {
        return route == null ? 0 : route.bodyBytesMax();
    }

    /** Calls the endpoint with the whole body. Never fails. */
    public CompletionStage<HttpReply> run(byte[] body) {
        Routes.Route found = route;
        if (refusal != null || found == null) {
            return CompletableFuture.completedFuture(refusal == null ? worded(Problem.NOT_FOUND, "") : refusal);
        }
        Identity known = caller;
        return known == null
                ? answer(found, body)
                : shared.apply(known)
                        .thenCompose(wait -> wait.isZero()
                                ? answer(found, body)
                                : CompletableFuture.completedFuture(rateLimited(wait)));
    }

    private CompletionStage<HttpReply> answer(Routes.Route found, byte[] body) {
        try {
            return found.endpoint()
                    .answer(call(found.changes() ? object(body) : new JsonObject()))
                    .exceptionally(this::declined);
        } catch (RuntimeException e) {
            return CompletableFuture.completedFuture(declined(e));
        }
    }

    /** The body is longer than it said, or than is taken. */
    public HttpReply tooLarge() {
        return worded(Problem.TOO_LARGE, "At most " + bodyBytesMax() + " bytes are taken here");
    }

    /** The endpoint took too long; what it still answers is nobody's. */
    public HttpReply tooLate() {
        guards.meters().unexpected("http-timeout");
        log.warn("request answered too late request={} route={}", requestId, label());
        return worded(Problem.UNAVAILABLE, "The answer took too long");
    }

    /** The reply as it goes out: with what its status promises and who else may read it. Counts it. */
    public HttpReply finished(HttpReply reply) {
        long nanos = System.nanoTime() - startedNanos;
        guards.meters().answered(label(), reply.status(), nanos);
        // The route and not the path: that is the caller's, and may hold a user.
        log.debug(
                "answered request={} method={} route={} status={} micros={}",
                requestId,
                route == null ? "other" : head.method(),
                label(),
                reply.status(),
                nanos / 1_000);
        HttpReply full = guards.crossSite().shared(reply, head.headers());
        boolean again = reply.status() == 429 || reply.status() == 503;
        if (again && !reply.headers().containsKey("Retry-After")) {
            int seconds = ThreadLocalRandom.current().nextInt(RETRY_SECONDS_MAX) + 1;
            full = full.with("Retry-After", Integer.toString(seconds));
        }
        return reply.status() == 401 ? full.with("WWW-Authenticate", "Bearer") : full;
    }

    private HttpReply declined(Throwable thrown) {
        Throwable cause = thrown instanceof CompletionException wrapped && wrapped.getCause() != null
                ? wrapped.getCause()
                : thrown;
        if (cause instanceof Declined declined) {
            return worded(declined.problem(), declined.detail());
        }
        if (cause instanceof DatabaseWork.Busy) {
            return worded(Problem.UNAVAILABLE, "Too many requests wait for the database");
        }
        return failed(cause);
    }

    private HttpReply failed(Throwable cause) {
        guards.meters().unexpected("http");
        log.error("request failed request={} route={}", requestId, label(), cause);
        return worded(Problem.INTERNAL, "Request " + requestId);
    }

    private HttpReply worded(Problem problem, String detail) {
        RefusalTexts texts = route == null ? RefusalTexts.PROBLEM_JSON : route.texts();
        try {
            return texts.refused(call(new JsonObject()), problem, detail);
        } catch (RuntimeException e) {
            guards.meters().unexpected("http-refusal");
            log.error("refusal failed request={} route={}", requestId, label(), e);
            return HttpReply.problem(problem, detail);
        }
    }

    private HttpCall call(JsonObject body) {
        return new HttpCall(target, body, caller, head.headers(), requestId);
    }

    /** A closed set, fit to be the label of a meter. */
    private String label() {
        return route == null ? "none" : route.template();
    }

    private static JsonObject object(byte[] body) {
        try {
            return (JsonObject) element(StrictJson.object(body));
        } catch (IOException e) {
            throw Declined.badRequest("The body is no JSON object this server understands");
        }
    }

    private static JsonElement element(Object value) {
        if (value instanceof Map<?, ?> members) {
            JsonObject object = new JsonObject();
            members.forEach((name, member) -> object.add((String) name, element(member)));
            return object;
        }
        if (value instanceof List<?> elements) {
            JsonArray array = new JsonArray();
            elements.forEach(member -> array.add(element(member)));
            return array;
        }
        if (value instanceof Number number) {
            return new JsonPrimitive(number);
        }
        if (value instanceof Boolean truth) {
            return new JsonPrimitive(truth);
        }
        return value instanceof String text ? new JsonPrimitive(text) : JsonNull.INSTANCE;
    }
}

package dev.switchboard.gateway.api.session;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.switchboard.gateway.api.http.Access;
import dev.switchboard.gateway.api.http.Declined;
import dev.switchboard.gateway.api.http.HttpCall;
import dev.switchboard.gateway.api.http.HttpReply;
import dev.switchboard.gateway.api.http.Routes;
import dev.switchboard.gateway.desk.ExtendSession;
import dev.switchboard.gateway.desk.ResumeLanes;
import dev.switchboard.gateway.desk.SignOut;
import dev.switchboard.proto.v1.Limits;
import java.time.Clock;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * {@code /api/v1/session}: who am I and where do I stand, a longer life for an open connection, sign-out. One for each event
 * loop, confined to it.
 */
public final class SessionEndpoints {
    private static final Pattern CONNECTION = Pattern.compile("[0-9a-f]{16}");

    private final ResumeLanes lanes;
    private final ExtendSession extend;
    private final SignOut signOut;
    private final Announced announced;

    /**
     * What is the same for everybody.
     *
     * @param cookieName the cookie that sign-out removes
     */
    public record Announced(Limits limits, String cookieName, Clock clock) {}

    public SessionEndpoints(ResumeLanes lanes, ExtendSession extend, SignOut signOut, Announced announced) {
        this.lanes = lanes;
        this.extend = extend;
        this.signOut = signOut;
        this.announced = announced;
    }

    /** Adds its lines to the table. */
    public void addTo(Routes routes) {
        routes.get("/api/v1/session", Access.AUTHENTICATED, this::show)
                .post("/api/v1/session/extend", Access.AUTHENTICATED, this::extend)
                .post("/api/v1/session/sign-out", Access.AUTHENTICATED, this::signOut);
    }

    private CompletionStage<HttpReply> show(HttpCall call) {
        call.query().only();
        return lanes.ownHeads(call.identity().user())
                .exceptionally(unavailable("Where your conversations stand can't be read now"))
                .thenApply(heads -> HttpReply.json(
                        SessionJson.session(call.identity(), announced.clock().instant(), announced.limits(), heads)));
    }

    private CompletionStage<HttpReply> extend(HttpCall call) {
        onlyMembers(call.body(), Set.of("connection"));
        JsonElement text = call.body().get("connection");
        boolean isText = text != null
                && text.isJsonPrimitive()
                && text.getAsJsonPrimitive().isString();
        if (!isText || !CONNECTION.matcher(text.getAsString()).matches()) {
            throw Declined.badRequest("connection must be the 16 hexadecimal digits of your connection");
        }
        return extend.run(call.identity(), Long.parseUnsignedLong(text.getAsString(), 16))
                .exceptionally(unavailable("Other gateways can't be asked now"))
                .thenApply(until -> {
                    JsonObject json = new JsonObject();
                    json.addProperty(
                            "expiresAt", until.orElseThrow(Declined::notFound).toEpochMilli());
                    return HttpReply.json(json);
                });
    }

    private CompletionStage<HttpReply> signOut(HttpCall call) {
        onlyMembers(call.body(), Set.of());
        return signOut.run(call.identity())
                .exceptionally(unavailable("Other gateways can't be told now; you are still signed in"))
                .thenApply(done -> HttpReply.empty(204)
                        .with(
                                "Set-Cookie",
                                announced.cookieName() + "=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"
                                        + (announced.cookieName().startsWith("__") ? "; Secure" : "")));
    }

    private static void onlyMembers(JsonObject body, Set<String> known) {
        if (!known.containsAll(body.keySet())) {
            throw Declined.badRequest("A member of the body is not known here");
        }
    }

    private static <T> Function<Throwable, T> unavailable(String detail) {
        return error -> {
            throw Declined.unavailable(detail);
        };
    }
}

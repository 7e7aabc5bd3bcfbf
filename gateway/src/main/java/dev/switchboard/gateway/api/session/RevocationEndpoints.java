package dev.switchboard.gateway.api.session;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.switchboard.gateway.api.http.Access;
import dev.switchboard.gateway.api.http.Declined;
import dev.switchboard.gateway.api.http.HttpCall;
import dev.switchboard.gateway.api.http.HttpReply;
import dev.switchboard.gateway.api.http.Routes;
import dev.switchboard.gateway.auth.Identity;
import dev.switchboard.gateway.auth.Revocation;
import dev.switchboard.gateway.desk.RevokeAccess;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;

/**
 * {@code /api/v1/revocations}: how a platform tells that somebody is banned, has another role now, or is signed out. One for
 * each event loop, confined to it.
 */
public final class RevocationEndpoints {
    /** Goes into the audit log as it stands. */
    private static final Pattern REASON = Pattern.compile("[A-Za-z0-9 _.:-]{1,100}");

    private static final int ID_CHARS_MAX = 1_024;

    /** The end of the year 9999, as for tokens. */
    private static final double MILLIS_MAX = 253_402_300_799_999.0;

    private final RevokeAccess revoke;

    public RevocationEndpoints(RevokeAccess revoke) {
        this.revoke = revoke;
    }

    /** Adds its lines to the table. */
    public void addTo(Routes routes) {
        routes.post("/api/v1/revocations", Access.ADMIN, this::revoke);
    }

    private CompletionStage<HttpReply> revoke(HttpCall call) {
        call.query().only();
        JsonObject body = call.body();
        if (!Set.of("user", "jti", "expiresAt", "reason").containsAll(body.keySet())) {
            throw Declined.badRequest("A member of the body is not known here");
        }
        Optional<String> user = text(body, "user");
        Optional<String> id = text(body, "jti");
        Optional<Instant> expiresAt = time(body);
        if (user.isPresent() == id.isPresent() || (user.isPresent() && expiresAt.isPresent())) {
            throw Declined.badRequest("Name a user, or the jti of a token and perhaps its expiresAt");
        }
        if (user.isPresent() && !Identity.isUser(user.get())) {
            throw Declined.badRequest("user can't be a user");
        }
        if (id.isPresent() && (id.get().isEmpty() || id.get().length() > ID_CHARS_MAX)) {
            throw Declined.badRequest("jti must have 1 to " + ID_CHARS_MAX + " characters");
        }
        String reason = text(body, "reason")
                .filter(text -> REASON.matcher(text).matches())
                .orElseThrow(() -> Declined.badRequest("reason must be there, up to 100 letters, digits and blanks"));
        Revocation revocation = user.map(Revocation::ofUser).orElseGet(() -> Revocation.ofId(id.orElseThrow()));
        return revoke.run(call.identity(), new RevokeAccess.Order(revocation, expiresAt, reason), call.requestId())
                .exceptionally(error -> {
                    throw Declined.unavailable("This can't be recorded now; nothing is revoked");
                })
                .thenApply(done -> HttpReply.empty(204));
    }

    private static Optional<String> text(JsonObject body, String name) {
        return primitive(body, name).map(value -> {
            if (!value.isString()) {
                throw Declined.badRequest(name + " must be text");
            }
            return value.getAsString();
        });
    }

    private static Optional<Instant> time(JsonObject body) {
        return primitive(body, "expiresAt").map(value -> {
            if (!value.isNumber() || value.getAsDouble() < 0 || value.getAsDouble() > MILLIS_MAX) {
                throw Declined.badRequest("expiresAt must be milliseconds since 1970");
            }
            return Instant.ofEpochMilli((long) value.getAsDouble());
        });
    }

    private static Optional<JsonPrimitive> primitive(JsonObject body, String name) {
        JsonElement value = body.get(name);
        if (value == null) {
            return Optional.empty();
        }
        if (!value.isJsonPrimitive()) {
            throw Declined.badRequest(name + " must be a plain value");
        }
        return Optional.of(value.getAsJsonPrimitive());
    }
}

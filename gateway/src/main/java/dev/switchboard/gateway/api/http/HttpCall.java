package dev.switchboard.gateway.api.http;

import com.google.gson.JsonObject;
import dev.switchboard.gateway.auth.Identity;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One request as an endpoint sees it: routed, its caller known, its body read. Immutable; any thread may read it.
 *
 * @param target what is asked for
 * @param body an empty object where there is none
 * @param caller null on an {@link Access#OPEN} route
 * @param headers as they came; {@link #header} reads them
 * @param requestId what the client is told and the log says
 */
public record HttpCall(
        Target target, JsonObject body, @Nullable Identity caller, HttpHeaders headers, String requestId) {

    /**
     * Where a request goes.
     *
     * @param method GET for a HEAD, too
     * @param path as it stands in the request line, without the query
     * @param pathValues of the template's names, decoded
     */
    public record Target(String method, String path, Map<String, String> pathValues, Query query) {}

    /** Who calls; only on a route that isn't open. */
    public Identity identity() {
        Identity known = caller;
        if (known == null) {
            throw new IllegalStateException("an open route knows no caller");
        }
        return known;
    }

    public Query query() {
        return target.query();
    }

    /** A value of the path, by its name in the template. */
    public String pathValue(String name) {
        String value = target.pathValues().get(name);
        if (value == null) {
            throw new IllegalArgumentException("the template has no " + name);
        }
        return value;
    }

    /** The value of a header; empty where it is absent or stands there more than once. */
    public Optional<String> header(String name) {
        List<String> values = headers.getAll(name);
        return values.size() == 1 ? Optional.of(values.get(0)) : Optional.empty();
    }

    /** Nothing of it: headers hold the token. */
    @Override
    public String toString() {
        return "request " + requestId;
    }
}

package dev.switchboard.gateway.api.http;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An answer: status, headers of its own, body. Immutable; any thread. Length, connection, request id and what every answer says
 * about security are added when it is written.
 */
public final class HttpReply {
    private static final Gson GSON =
            new GsonBuilder().serializeNulls().disableHtmlEscaping().create();
    private static final byte[] NOTHING = {};

    private final int status;
    private final Map<String, String> headers;
    private final byte[] body;

    private HttpReply(int status, Map<String, String> headers, byte[] body) {
        this.status = status;
        this.headers = headers;
        this.body = body;
    }

    /** 200. Nulls are written; HTML is not escaped, since nosniff stands beside it. */
    public static HttpReply json(JsonElement json) {
        return json(200, json);
    }

    public static HttpReply json(int status, JsonElement json) {
        return new HttpReply(
                status,
                Map.of("Content-Type", "application/json; charset=utf-8", "Cache-Control", "no-store"),
                GSON.toJson(json).getBytes(StandardCharsets.UTF_8));
    }

    /** RFC 9457. An empty detail is left out. */
    public static HttpReply problem(Problem problem, String detail) {
        JsonObject json = new JsonObject();
        json.addProperty("type", "about:blank");
        json.addProperty("title", problem.title());
        json.addProperty("status", problem.status());
        json.addProperty("code", problem.name());
        if (!detail.isEmpty()) {
            json.addProperty("detail", detail);
        }
        return json(problem.status(), json).with("Content-Type", "application/problem+json");
    }

    /** A page. {@code bytes} are not copied and must not change. */
    public static HttpReply html(int status, byte[] bytes) {
        return bytes(status, "text/html; charset=utf-8", bytes).with("Cache-Control", "no-store");
    }

    /** Any other body; the same. */
    public static HttpReply bytes(int status, String contentType, byte[] bytes) {
        return new HttpReply(status, Map.of("Content-Type", contentType), bytes);
    }

    public static HttpReply redirect(String location) {
        return new HttpReply(302, Map.of("Location", location, "Cache-Control", "no-store"), NOTHING);
    }

    /** A status that says it all, such as 204 or 304. */
    public static HttpReply empty(int status) {
        return new HttpReply(status, Map.of(), NOTHING);
    }

    /** The same with this header added or replaced. */
    public HttpReply with(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new HttpReply(status, more, body);
    }

    public int status() {
        return status;
    }

    /** Each name once. */
    public Map<String, String> headers() {
        return headers;
    }

    /** Not a copy: nobody writes into it. */
    public byte[] body() {
        return body;
    }
}

package dev.switchboard.local;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.switchboard.local.demo.SignInServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The HTTP API of a gateway as one user sees it, with the token in the cookie as a browser sends it. Any thread. */
final class HttpApi {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final URI gateway;
    private final String token;

    /** @param token empty for somebody who is not signed in */
    HttpApi(URI gateway, String token) {
        this.gateway = gateway;
        this.token = token;
    }

    HttpResponse<String> get(String path) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(gateway.resolve(path)).timeout(Duration.ofSeconds(20));
        if (!token.isEmpty()) {
            request.header("Cookie", SignInServer.COOKIE + "=" + token);
        }
        try {
            return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new AssertionError(path, e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** The body of a 200. */
    JsonElement json(String path) {
        HttpResponse<String> answer = get(path);
        if (answer.statusCode() != 200) {
            throw new AssertionError(path + " answered " + answer.statusCode() + " " + answer.body());
        }
        return JsonParser.parseString(answer.body());
    }

    JsonObject object(String path) {
        return json(path).getAsJsonObject();
    }

    JsonArray array(String path) {
        return json(path).getAsJsonArray();
    }

    /** One field of all objects in an array. */
    static List<String> fields(JsonArray array, String name) {
        List<String> values = new ArrayList<>();
        array.forEach(each -> values.add(each.getAsJsonObject().get(name).getAsString()));
        return values;
    }

    static List<String> texts(JsonArray array) {
        List<String> values = new ArrayList<>();
        array.forEach(each -> values.add(each.getAsString()));
        return values;
    }
}

package dev.switchboard.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.switchboard.gateway.TestSocket.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Requests to the gateway of a test class, to its API, each on a connection of its own, down to the byte. Immutable. */
record ApiClient(OneGateway gateway) {
    static final String EXTEND = "POST /api/v1/session/extend HTTP/1.1";
    /** As {@link #EXTEND} takes it; no such connection is open. */
    static final String BODY = "{\"connection\":\"00000000000000ff\"}";

    static String bearer() {
        return "Authorization: Bearer " + GatewayRig.token("ana");
    }

    static String cookie() {
        return "Cookie: token=" + GatewayRig.token("ana");
    }

    Answer ask(String requestLine, String... headers) throws IOException {
        List<String> lines = new ArrayList<>(List.of(requestLine, "Host: app.example.com"));
        lines.addAll(Arrays.asList(headers));
        return TestSocket.ask(gateway.port(), lines);
    }

    /** A change with a body of JSON, from a client that is no browser. */
    Answer post(String body) throws IOException {
        return post(body, "Content-Type: application/json", bearer());
    }

    Answer post(String body, String... headers) throws IOException {
        List<String> lines = new ArrayList<>(List.of(EXTEND, "Host: app.example.com"));
        lines.addAll(Arrays.asList(headers));
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        lines.add("Content-Length: " + bytes.length);
        try (TestSocket client = TestSocket.connect(gateway.port())) {
            client.send((String.join("\r\n", lines) + "\r\n\r\n" + body).getBytes(StandardCharsets.UTF_8));
            return client.readAnswer();
        }
    }

    static void assertProblem(int status, String code, Answer answer) {
        assertEquals(status, answer.status(), answer.head() + answer.body());
        assertEquals("application/problem+json", answer.header("Content-Type").orElse(""));
        JsonObject problem = JsonParser.parseString(answer.body()).getAsJsonObject();
        assertEquals("about:blank", problem.get("type").getAsString());
        assertEquals(status, problem.get("status").getAsInt());
        assertEquals(code, problem.get("code").getAsString());
    }
}

package dev.switchboard.gateway;

import static dev.switchboard.gateway.ApiClient.BODY;
import static dev.switchboard.gateway.ApiClient.EXTEND;
import static dev.switchboard.gateway.ApiClient.assertProblem;
import static dev.switchboard.gateway.ApiClient.bearer;
import static dev.switchboard.gateway.ApiClient.cookie;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.switchboard.gateway.TestSocket.Answer;
import dev.switchboard.gateway.api.http.Routes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the bodies of requests must look like, and what becomes of those that don't. */
@ExtendWith(LeakCheck.class)
class HttpBodiesIT {
    @RegisterExtension
    static final OneGateway one = OneGateway.watched();

    private static final ApiClient api = new ApiClient(one);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "{\"connection\":\"00000000000000ff\"",
                "{connection:\"00000000000000ff\"}",
                "{'connection':'00000000000000ff'}",
                "{\"connection\":\"00000000000000ff\",}",
                "{\"connection\":\"00000000000000ff\"} {}",
                "{\"connection\":\"00000000000000ff\"}x",
                "{\"connection\":\"00000000000000ff\",\"connection\":\"00000000000000fe\"}",
                "{\"connection\":\"00000000000000ff\",\"\\u0063onnection\":\"00000000000000fe\"}",
                "[]",
                "null",
                "\"connection\"",
                "// a comment\n{}",
                "\uFEFF{\"connection\":\"00000000000000ff\"}",
                "{}",
                "{\"connection\":255}",
                "{\"connection\":null}",
                "{\"connection\":\"ff\"}",
                "{\"connection\":\"00000000000000FF\"}",
                "{\"connection\":\"00000000000000ff\",\"user\":\"bob\"}"
            })
    @Tag("R1")
    void brokenBodiesAreRefused(String body) throws IOException {
        assertProblem(400, "BAD_REQUEST", api.post(body));
    }

    @Test
    @Tag("R1")
    void bodiesThatAreNoTextAreRefused() throws IOException {
        byte[] bytes = {'{', '"', (byte) 0xC0, (byte) 0xAF, '"', ':', '1', '}'};
        byte[] head = (EXTEND + "\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 8\r\n" + bearer()
                        + "\r\n\r\n")
                .getBytes(StandardCharsets.UTF_8);
        try (TestSocket client = TestSocket.connect(one.port())) {
            client.send(head);
            client.send(bytes);
            assertProblem(400, "BAD_REQUEST", client.readAnswer());
        }
    }

    @Test
    @Tag("R2")
    void depthNumbersAndSizeAreBounded() throws IOException {
        assertProblem(400, "BAD_REQUEST", api.post("{\"a\":" + "[".repeat(10_000)));
        assertProblem(400, "BAD_REQUEST", api.post("{\"a\":" + "[".repeat(5_000) + "]".repeat(5_000) + "}"));
        assertProblem(400, "BAD_REQUEST", api.post("{\"connection\":1e999999}"));
        assertProblem(400, "BAD_REQUEST", api.post("{\"connection\":" + "9".repeat(10_000) + "}"));
        String large = "{\"a\":\"" + "x".repeat(Routes.BODY_BYTES_MAX) + "\"}";
        assertProblem(413, "TOO_LARGE", api.post(large));
    }

    @Test
    @Tag("R2")
    @Tag("R10")
    void largeBodiesAreRefusedUnread() throws IOException {
        for (String announced : List.of(
                "Content-Length: 5000000",
                "Content-Length: 11534336\r\nExpect: 100-continue",
                "Content-Length: 9223372036854775807")) {
            try (TestSocket client = TestSocket.connect(one.port())) {
                // Not one byte of the body is sent.
                Answer answer = client.request(
                        List.of(EXTEND, "Host: a", "Content-Type: application/json", bearer(), announced));
                assertProblem(413, "TOO_LARGE", answer);
                assertEquals("close", answer.header("Connection").orElse(""));
                assertEquals(0, client.readToEnd());
            }
        }
        try (TestSocket client = TestSocket.connect(one.port())) {
            String chunk = "1000\r\n" + "x".repeat(0x1000) + "\r\n";
            client.send((EXTEND + "\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
                            + bearer() + "\r\n\r\n" + chunk.repeat(20))
                    .getBytes(StandardCharsets.US_ASCII));
            assertProblem(413, "TOO_LARGE", client.readAnswer());
        }
        assertProblem(
                413, "TOO_LARGE", api.ask("GET /api/v1/session HTTP/1.1", bearer(), "Content-Length: 1", "", "x"));
    }

    @Test
    @Tag("R10")
    void rangesAreIgnored() throws IOException {
        String ranges = "Range: bytes=" + "0-0,".repeat(999) + "5-6";
        Answer answer = api.ask("GET /api/v1/session HTTP/1.1", bearer(), ranges);
        assertEquals(200, answer.status(), answer.head());
    }

    @Test
    @Tag("R10")
    void aBodyThatIsWelcomeIsAskedFor() throws IOException {
        try (TestSocket client = TestSocket.connect(one.port())) {
            Answer go = client.request(List.of(
                    EXTEND,
                    "Host: a",
                    "Content-Type: application/json",
                    bearer(),
                    "Content-Length: " + "{}".length(),
                    "Expect: 100-continue"));
            assertEquals(100, go.status());
            client.send("{}".getBytes(StandardCharsets.US_ASCII));
            assertProblem(400, "BAD_REQUEST", client.readAnswer());
        }
        assertProblem(
                400,
                "BAD_REQUEST",
                api.post("{}", "Content-Type: application/json", bearer(), "Expect: something-else"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Type: text/plain",
                "Content-Type: application/x-www-form-urlencoded",
                "Content-Type: multipart/form-data; boundary=x",
                "Content-Type: application/json; charset=utf-7",
                "Content-Type: text/plain, application/json",
                "Content-Type: application/jsonx",
                "X-No-Type: at-all",
                "Content-Type: application/json\r\nContent-Type: text/plain"
            })
    @Tag("R3")
    @Tag("SEC5")
    void changesWantJson(String type) throws IOException {
        String origin = "Origin: " + GatewayRig.ORIGIN;
        assertProblem(415, "UNSUPPORTED_MEDIA", api.post(BODY, type, cookie(), origin, "X-Switchboard: 1"));
        assertProblem(415, "UNSUPPORTED_MEDIA", api.post(BODY, type, bearer()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "br", "zstd", "deflate", "gzip, gzip", "identity, gzip"})
    @Tag("R9")
    void nothingIsInflated(String coding) throws IOException {
        String header = "Content-Encoding: " + coding;
        assertProblem(415, "UNSUPPORTED_MEDIA", api.post(BODY, "Content-Type: application/json", bearer(), header));
        assertProblem(415, "UNSUPPORTED_MEDIA", api.ask("GET /api/v1/session HTTP/1.1", bearer(), header));
    }
}

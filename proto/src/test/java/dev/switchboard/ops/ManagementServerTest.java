package dev.switchboard.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ManagementServerTest {
    private final HttpClient client = HttpClient.newHttpClient();
    private volatile List<String> notAlive = List.of();
    private volatile List<String> notReady = List.of();
    private volatile List<String> remarks = List.of();
    private ManagementServer server;

    @BeforeEach
    void start() throws IOException {
        server = ManagementServer.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                () -> "meter 1\n",
                () -> notAlive,
                () -> notReady,
                () -> remarks);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void servesMetrics() throws Exception {
        HttpResponse<String> response = get("/metrics");
        assertEquals(200, response.statusCode());
        assertEquals("meter 1\n", response.body());
        assertEquals(
                "text/plain; version=0.0.4; charset=utf-8",
                response.headers().firstValue("Content-Type").orElseThrow());
    }

    @Test
    void tellsWhyItIsNotReady() throws Exception {
        assertEquals("ok\n", get("/readyz").body());
        remarks = List.of("durability=weak");
        assertEquals("ok\ndurability=weak\n", get("/readyz").body());
        notReady = List.of("Redis does not answer", "no keys");
        HttpResponse<String> response = get("/readyz");

        assertEquals(503, response.statusCode());
        assertEquals("not ok\n- Redis does not answer\n- no keys\ndurability=weak\n", response.body());
        assertEquals(200, get("/livez").statusCode());
    }

    @Test
    void tellsWhyItShouldBeRestarted() throws Exception {
        notAlive = List.of("an event loop hangs");
        HttpResponse<String> response = get("/livez");
        assertEquals(503, response.statusCode());
        assertEquals("not ok\n- an event loop hangs\n", response.body());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/metricsx", "/metrics/x", "/livez/", "/config", "/../metrics"})
    void findsNothingElse(String path) throws Exception {
        assertEquals(404, get(path).statusCode());
    }

    @Test
    void refusesOtherMethods() throws Exception {
        HttpRequest post = request("/metrics")
                .POST(HttpRequest.BodyPublishers.ofString("x"))
                .build();
        assertEquals(
                405, client.send(post, HttpResponse.BodyHandlers.ofString()).statusCode());
    }

    @Test
    void mayBeClosedTwiceAndThenAnswersNobody() {
        server.close();
        server.close();
        assertThrows(IOException.class, () -> get("/livez"));
    }

    @Test
    void tellsThatItsPortIsTaken() {
        InetSocketAddress taken = new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port());
        assertThrows(
                IOException.class,
                () -> ManagementServer.start(taken, () -> "", List::of, List::of, List::of)
                        .close());
        assertTrue(server.port() > 0);
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(request(path).GET().build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path));
    }
}

package dev.switchboard.gateway.auth;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A key server that misbehaves holds nobody up for long. */
@Tag("SEC10")
class JwksUrlTest {
    private static final Duration FETCH_MAX = Duration.ofMillis(300);

    @ParameterizedTest
    @ValueSource(strings = {"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"keys\":["})
    void givesUpWhenTheAnswerStops(String beginning) throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            JwksUrl url = new JwksUrl(address(server.getLocalPort()), FETCH_MAX);
            Thread answering = new Thread(() -> answer(server, beginning), "key-server");
            answering.setDaemon(true);
            answering.start();
            IOException failure =
                    assertTimeoutPreemptively(Duration.ofSeconds(5), () -> assertThrows(IOException.class, url::fetch));
            assertTrue(failure.getMessage() != null);
        }
    }

    @Test
    void givesUpWhenNobodyListens() throws IOException {
        int port;
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = server.getLocalPort();
        }
        assertThrows(IOException.class, new JwksUrl(address(port), FETCH_MAX)::fetch);
    }

    private static void answer(ServerSocket server, String beginning) {
        try (Socket socket = server.accept()) {
            socket.getOutputStream().write(beginning.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();
            // Until the client gives up.
            int read;
            do {
                read = socket.getInputStream().read();
            } while (read >= 0);
        } catch (IOException e) {
            // The client or the test has closed it, which is what this waits for.
        }
    }

    private static URI address(int port) {
        return URI.create("http://127.0.0.1:" + port + "/keys");
    }
}

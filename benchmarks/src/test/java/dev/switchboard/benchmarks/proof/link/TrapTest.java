package dev.switchboard.benchmarks.proof.link;

import static dev.switchboard.benchmarks.proof.link.TcpProxyTest.receive;
import static dev.switchboard.benchmarks.proof.link.TcpProxyTest.send;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.benchmarks.proof.link.Trap.Fate;
import dev.switchboard.servers.Await;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TrapTest {
    private static final int PATIENCE_MILLIS = 10_000;
    private static final Duration PATIENCE = Duration.ofMillis(PATIENCE_MILLIS);

    private final Links links = new Links();
    private final CountDownLatch decided = new CountDownLatch(1);
    private EchoServer server;
    private TcpProxy proxy;

    @BeforeEach
    void open() throws IOException {
        server = new EchoServer();
        proxy = links.open("test", server.port());
    }

    @AfterEach
    void close() throws IOException {
        links.close();
        server.close();
    }

    @Test
    void holdsTheTextAndAllBehindItUntilReleased() throws IOException {
        Trap trap = proxy.trap("commit", this::releaseWhenDecided);
        try (Socket client = connect()) {
            send(client, "one;COMMIT;two;commit;three");
            send(client, ";four");
            // The last byte of the text is missing.
            assertEquals("one;COMMI", receive(client, 9));
            assertTrue(Await.until(PATIENCE, () -> trap.sprung() == 1));
            assertEquals("one;COMMI", heard());
            decided.countDown();
            // Once only: the second one passes.
            assertEquals("T;two;commit;three;four", receive(client, 23));
            assertTrue(trap.awaitDone(1, PATIENCE));
            assertEquals(1, trap.sprung());
        }
    }

    @Test
    void findsATextThatComesInPieces() throws IOException {
        Trap trap = proxy.trap("aab", this::releaseWhenDecided);
        try (Socket client = connect()) {
            send(client, "aaa");
            assertEquals("aaa", receive(client, 3));
            send(client, "b!");
            assertTrue(Await.until(PATIENCE, () -> trap.sprung() == 1));
            assertEquals("aaa", heard());
            decided.countDown();
            assertEquals("b!", receive(client, 2));
        }
    }

    @Test
    void springsAgainWhereItIsToldSo() throws IOException {
        Trap trap = proxy.trap("x", 3, () -> Fate.RELEASE);
        try (Socket client = connect()) {
            send(client, "xxxx");
            assertEquals("xxxx", receive(client, 4));
        }
        assertEquals(3, trap.sprung());
    }

    @Test
    void dropsWhatItHeldAndTearsTheConnection() throws IOException {
        proxy.trap("COMMIT", () -> Fate.DROP);
        try (Socket client = connect()) {
            send(client, "COMMIT and more");
            assertThrows(SocketException.class, () -> client.getInputStream().readAllBytes());
        }
        assertTrue(Await.until(PATIENCE, () -> server.talks().get(0).ended().contains("reset")));
        assertEquals("COMMI", heard());
        try (Socket client = connect()) {
            send(client, "COMMIT");
            assertEquals("COMMIT", receive(client, 6));
        }
    }

    @Test
    void holdsOnlyTheConnectionConcerned() throws IOException {
        Trap trap = proxy.trap("COMMIT", this::releaseWhenDecided);
        try (Socket held = connect();
                Socket other = connect()) {
            send(held, "COMMIT");
            assertTrue(Await.until(PATIENCE, () -> trap.sprung() == 1));
            send(other, "COMMIT");
            assertEquals("COMMIT", receive(other, 6));
            decided.countDown();
            assertEquals("COMMIT", receive(held, 6));
        }
    }

    @Test
    void letsGoWhenDisarmed() throws IOException {
        Trap trap = proxy.trap("COMMIT", () -> Fate.DROP);
        trap.disarm();
        try (Socket client = connect()) {
            send(client, "COMMIT");
            assertEquals("COMMIT", receive(client, 6));
        }
        assertEquals(0, trap.sprung());
    }

    private Fate releaseWhenDecided() {
        try {
            return decided.await(PATIENCE_MILLIS, TimeUnit.MILLISECONDS) ? Fate.RELEASE : Fate.DROP;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Fate.DROP;
        }
    }

    private String heard() {
        return server.talks().get(0).heard();
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
        socket.setSoTimeout(PATIENCE_MILLIS);
        return socket;
    }
}

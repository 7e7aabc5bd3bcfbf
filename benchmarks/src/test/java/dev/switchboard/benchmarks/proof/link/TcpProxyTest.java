package dev.switchboard.benchmarks.proof.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.servers.Await;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TcpProxyTest {
    private static final int PATIENCE_MILLIS = 10_000;
    private static final Duration PATIENCE = Duration.ofMillis(PATIENCE_MILLIS);
    /** How long nothing must come where nothing may come. */
    private static final int SILENCE_MILLIS = 300;

    private final Links links = new Links();
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
    void passesEverythingBothWays() throws IOException {
        try (Socket client = connect()) {
            String text = "0123456789".repeat(100_000);
            Thread sender = new Thread(() -> send(client, text), "sender");
            sender.start();
            assertEquals(text, receive(client, text.length()));
        }
        assertTrue(Await.until(PATIENCE, () -> proxy.openConnections() == 0));
        assertTrue(Await.until(PATIENCE, () -> ended().equals("FIN")));
        assertEquals(1, proxy.accepted());
    }

    @Test
    void delaysEachWay() throws IOException {
        try (Socket client = connect()) {
            echo(client, "warm");
            proxy.mode(LinkMode.latency(Duration.ofMillis(150)));
            long started = System.nanoTime();
            echo(client, "late");
            assertTrue(System.nanoTime() - started >= Duration.ofMillis(300).toNanos());
            proxy.mode(LinkMode.PASS);
            echo(client, "again at once");
        }
    }

    @Test
    void throttles() throws IOException {
        proxy.mode(LinkMode.throttle(50_000));
        try (Socket client = connect()) {
            long started = System.nanoTime();
            echo(client, "x".repeat(25_000));
            // Both ways at once: half a second, less the first write of each.
            assertTrue(System.nanoTime() - started >= Duration.ofMillis(400).toNanos());
        }
    }

    @Test
    void slicesIntoSingleBytes() throws IOException {
        proxy.mode(LinkMode.SLICE);
        try (Socket client = connect()) {
            echo(client, "sliced ".repeat(300));
        }
        // Reads may join writes again, but one of everything at once there can't be.
        assertTrue(server.talks().get(0).reads().size() > 1);
    }

    @Test
    void cutsInOrderAndRefusesUntilHealed() throws IOException {
        try (Socket client = connect()) {
            echo(client, "before");
            proxy.mode(LinkMode.CUT);
            assertEquals(-1, client.getInputStream().read());
            assertThrows(ConnectException.class, this::connect);
            assertTrue(Await.until(PATIENCE, () -> ended().equals("FIN")));
        }
        proxy.mode(LinkMode.PASS);
        try (Socket client = connect()) {
            echo(client, "after");
        }
    }

    @Test
    void tears() throws IOException {
        try (Socket client = connect()) {
            echo(client, "before");
            proxy.mode(LinkMode.TORN);
            assertThrows(SocketException.class, () -> client.getInputStream().read());
            assertTrue(Await.until(PATIENCE, () -> ended().contains("reset")));
        }
    }

    @Test
    void resetsInTheMiddle() throws IOException {
        proxy.mode(LinkMode.resetAfter(5));
        try (Socket client = connect()) {
            send(client, "0123456789");
            assertTrue(Await.until(PATIENCE, () -> ended().contains("reset")));
            assertThrows(SocketException.class, () -> receive(client, 6));
        }
        try (Socket client = connect()) {
            echo(client, "0123");
        }
    }

    @Test
    void keepsSilentAsABlackHoleAndDeliversLater() throws IOException {
        try (Socket client = connect()) {
            echo(client, "before");
            proxy.mode(LinkMode.BLACKHOLE);
            send(client, "lost?");
            assertSilent(client);
            try (Socket second = connect()) {
                send(second, "me too");
                assertSilent(second);
                assertEquals("before", server.talks().get(0).heard());
                assertEquals(1, server.talks().size());
                proxy.mode(LinkMode.PASS);
                assertEquals("lost?", receive(client, 5));
                assertEquals("me too", receive(second, 6));
            }
        }
    }

    @Test
    void aBlackHoleTellsNobodyThatTheOtherSideIsGone() throws IOException {
        Socket client = connect();
        echo(client, "before");
        proxy.mode(LinkMode.BLACKHOLE);
        client.close();
        assertFalse(Await.until(Duration.ofMillis(SILENCE_MILLIS), () -> !ended().isEmpty()));
        proxy.mode(LinkMode.PASS);
        assertTrue(Await.until(PATIENCE, () -> ended().equals("FIN")));
    }

    @Test
    void silencesOnlyTheConnectionThatSaidSo() throws IOException {
        proxy.listenFor("SUBSCRIBE");
        try (Socket subscriber = connect();
                Socket other = connect()) {
            echo(subscriber, "subSCRIBE x");
            echo(other, "PING");
            proxy.mode(LinkMode.BLACKHOLE, connection -> connection.said("SUBSCRIBE"));
            send(subscriber, "y");
            echo(other, "PING");
            assertSilent(subscriber);
            // Whoever says it later is meant, too, from then on.
            send(other, "SUBSCRIBE");
            assertSilent(other);
            proxy.mode(LinkMode.PASS);
            assertEquals("y", receive(subscriber, 1));
            assertEquals("SUBSCRIBE", receive(other, 9));
        }
    }

    @Test
    void refusesWhileTheTargetIsGone() throws IOException {
        server.close();
        // Perhaps before the caller has noticed that it was accepted.
        assertThrows(SocketException.class, () -> {
            try (Socket client = connect()) {
                client.getInputStream().read();
            }
        });
    }

    @Test
    void leadsToAnotherTarget() throws IOException {
        EchoServer other = new EchoServer();
        try (Socket client = connect()) {
            echo(client, "here");
            proxy.passTo(other.port());
            assertThrows(SocketException.class, () -> client.getInputStream().read());
            assertTrue(Await.until(PATIENCE, () -> ended().contains("reset")));
            try (Socket next = connect()) {
                echo(next, "there");
            }
            assertEquals("there", other.talks().get(0).heard());
            assertEquals(1, server.talks().size());
        } finally {
            other.close();
        }
    }

    /** How the first connection ended at the server. */
    private String ended() {
        return server.talks().isEmpty() ? "" : server.talks().get(0).ended();
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket();
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), proxy.port()), PATIENCE_MILLIS);
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.setTcpNoDelay(true);
        return socket;
    }

    private static void echo(Socket client, String text) throws IOException {
        send(client, text);
        assertEquals(text, receive(client, text.length()));
    }

    static void send(Socket client, String text) {
        try {
            client.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    static String receive(Socket client, int count) throws IOException {
        return new String(client.getInputStream().readNBytes(count), StandardCharsets.UTF_8);
    }

    private static void assertSilent(Socket client) throws IOException {
        client.setSoTimeout(SILENCE_MILLIS);
        assertThrows(SocketTimeoutException.class, () -> client.getInputStream().read());
        client.setSoTimeout(PATIENCE_MILLIS);
    }
}

package dev.switchboard.gateway.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.gateway.auth.TokenMint;
import dev.switchboard.gateway.ops.GatewayMeters;
import dev.switchboard.proto.v1.Message;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.proto.v1.ServerFrame;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What all connections together may have waiting. Channels are embedded ones whose peers read when the test says so. */
@Tag("T21")
@Tag("SEC20")
class OutboundTotalTest {
    private static final int TOTAL = 1_000_000;
    private static final SessionLimits LIMITS = new SessionLimits(
            32, 1 << 20, TOTAL, Duration.ofSeconds(10), Duration.ofSeconds(20), Duration.ofSeconds(15), 10);

    private final GatewayMeters meters = new GatewayMeters("test");
    private final OutboundTotal total = new OutboundTotal(LIMITS);
    private final List<Client> clients = new ArrayList<>();

    /** One connection and its peer. */
    private final class Client {
        boolean reads;
        final EmbeddedChannel channel = new EmbeddedChannel() {
            @Override
            protected void doWrite(ChannelOutboundBuffer in) throws Exception {
                if (reads) {
                    super.doWrite(in);
                }
            }
        };
        final Session session = new Session(
                clients.size(),
                TokenMint.identity("ana", Role.USER, Instant.now().plusSeconds(60)),
                channel,
                WireFormat.PROTOBUF,
                new Session.LoopParts(0, new TickFlush(channel.eventLoop()), total, LIMITS, meters));

        Client() {
            clients.add(this);
        }

        Client welcomed() {
            session.welcome(ServerFrame.getDefaultInstance());
            return this;
        }

        void get(int bytes) {
            session.send(message(bytes));
            channel.runPendingTasks();
        }

        boolean hint() {
            byte[] bytes = message(10).toByteArray();
            try (SharedFrame frame = new SharedFrame(bytes, 0, bytes.length)) {
                return session.hint(frame);
            }
        }

        boolean closedAsSlow() {
            channel.runPendingTasks();
            return session.closing().equals(Optional.of(Disconnect.SLOW_CONSUMER));
        }
    }

    private static ServerFrame message(int bytes) {
        return ServerFrame.newBuilder()
                .setMessage(Message.newBuilder().setText("x".repeat(bytes)))
                .build();
    }

    @AfterEach
    void close() {
        for (Client client : clients) {
            client.session.closed();
            // What was never taken would fail, and an embedded channel tells.
            client.reads = true;
            client.channel.flush();
            client.channel.finishAndReleaseAll();
        }
        assertEquals(0, total.bytes(), "nobody is left");
        meters.close();
    }

    @Test
    void closesWhoHasMostWaitingUntilTheRestFits() {
        Client small = new Client().welcomed();
        Client largest = new Client().welcomed();
        Client large = new Client().welcomed();
        Client reader = new Client().welcomed();
        reader.reads = true;
        small.get(50_000);
        largest.get(500_000);
        large.get(400_000);
        reader.get(300_000);
        assertTrue(total.bytes() > 940_000 && total.bytes() < TOTAL, total::toString);
        clients.forEach(client -> assertFalse(client.closedAsSlow()));

        small.get(100_000);
        assertTrue(largest.closedAsSlow());
        assertFalse(small.closedAsSlow() || large.closedAsSlow() || reader.closedAsSlow());
        assertTrue(total.bytes() < 600_000, "it counts no more: " + total.bytes());

        small.get(500_000);
        assertTrue(small.closedAsSlow());
        assertFalse(large.closedAsSlow() || reader.closedAsSlow());
    }

    @Test
    void countsWhatIsKeptUntilWelcome() {
        Client early = new Client();
        byte[] bytes = message(600_000).toByteArray();
        try (SharedFrame frame = new SharedFrame(bytes, 0, bytes.length)) {
            early.session.deliver(frame);
        }
        assertTrue(total.bytes() >= 600_000);
        Client other = new Client().welcomed();
        other.get(500_000);
        assertTrue(early.closedAsSlow());
        assertFalse(other.closedAsSlow());
    }

    @Test
    void noticesWhatTheNetworkTookMeanwhile() {
        Client slow = new Client().welcomed();
        slow.get(500_000);
        slow.reads = true;
        // As the event loop does when the socket takes data again: past the session.
        slow.channel.unsafe().flush();
        total.sweep(1);
        assertTrue(total.bytes() >= 500_000, "another loop's");
        total.sweep(0);
        assertEquals(0, total.bytes());
    }

    @Test
    void leavesOutHintsFirstForWhoIsBehindWhenRoomGetsScarce() {
        Client behind = new Client().welcomed();
        Client reader = new Client().welcomed();
        reader.reads = true;
        // Below the mark at which a channel counts as not writable.
        behind.get(30_000);
        assertTrue(behind.hint());
        Client hog = new Client().welcomed();
        hog.get(800_000);
        assertFalse(behind.hint());
        assertTrue(reader.hint());
        assertFalse(behind.closedAsSlow() || hog.closedAsSlow());
    }
}

package dev.switchboard.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.proto.v1.ServerFrame.FrameCase;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A gateway that is told to stop sends everybody elsewhere, with answers to what they had asked. */
@ExtendWith(LeakCheck.class)
class DrainIT {
    private static GatewayRig rig;

    @BeforeAll
    static void start() throws IOException {
        rig = new GatewayRig();
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    @Test
    void everybodyIsSentAwayOverTheTimeGiven() throws IOException {
        Gateway gateway = rig.gateway(Map.of("DRAIN", "1s"));
        List<TestSocket> clients = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            clients.add(GatewayRig.user(gateway, "user" + i));
        }
        long start = System.nanoTime();
        gateway.close();
        gateway.close();
        long millis = (System.nanoTime() - start) / 1_000_000;
        assertTrue(millis > 700 && millis < 8_000, "took " + millis + " ms");
        for (TestSocket client : clients) {
            ServerFrame frame = client.nextMessage();
            assertEquals(FrameCase.GOING_AWAY, frame.getFrameCase());
            assertTrue(frame.getGoingAway().getReconnectAfterMs() < 2_000);
            assertEquals(1012, client.closeCode());
            client.close();
        }
        assertThrows(IOException.class, () -> TestSocket.connect(gateway.port()));
    }

    @Test
    void whoSendsAfterGoingAwayIsToldSo() throws IOException {
        Gateway gateway = rig.gateway();
        try (TestSocket client = GatewayRig.user(gateway, "late")) {
            CompletableFuture<Void> closing = CompletableFuture.runAsync(gateway::close);
            client.await(FrameCase.GOING_AWAY);
            client.send(TestSocket.say("too late"));
            assertEquals(
                    RefusalCode.GOING_AWAY,
                    client.await(FrameCase.REFUSED).getRefused().getCode());
            assertEquals(1012, client.closeCode());
            closing.join();
        }
    }

    @Test
    void whatIsUnderWayIsAnsweredBeforeTheClose() throws IOException {
        Gateway gateway = rig.gateway();
        try (TestSocket client = GatewayRig.user(gateway, "ana")) {
            for (int i = 0; i < 10; i++) {
                client.send(TestSocket.say("last words " + i));
            }
            // The first answer tells that the gateway has them; the rest is under way or refused, but never silent.
            client.await(FrameCase.ACCEPTED);
            gateway.close();
            assertEquals(1012, client.closeCode());
            long answers = client.received().stream()
                    .filter(frame -> frame.opcode() == 2)
                    .map(TestSocket.Frame::message)
                    .filter(frame -> frame.hasAccepted() || frame.hasRefused())
                    .count();
            assertEquals(10, answers);
        }
    }
}

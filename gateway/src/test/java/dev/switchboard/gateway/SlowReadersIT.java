package dev.switchboard.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.servers.Await;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Many who do not read: what they are kept together is bounded, and nobody else waits for them. */
@ExtendWith(LeakCheck.class)
class SlowReadersIT {
    private static final int TOTAL = 1 << 20;
    private static final int SLOW = 6;
    private static final int BATCH = 20;

    /** Neither its own bound nor its time can end one of them here: only what they all have together. */
    @RegisterExtension
    static final OneGateway one = OneGateway.with(Map.of(
            "OUTBOUND_TOTAL_MAX", "1MiB",
            "OUTBOUND_MAX", "64MiB",
            "UNWRITABLE_MAX", "1m",
            "RATE_USER_BURST", "100000",
            "RATE_USER_PER_MINUTE", "1000000"));

    @Test
    @Tag("T21")
    @Tag("SEC20")
    void togetherTheyHaveNoMoreThanTheBoundOfTheGateway() throws IOException {
        Gateway gateway = one.gateway();
        List<TestSocket> slow = new ArrayList<>();
        try (TestSocket sender = GatewayRig.user(gateway, "ana");
                TestSocket reader = GatewayRig.user(gateway, "ana")) {
            List<String> lines = TestSocket.handshakeLines("switchboard.v1");
            lines.add("Authorization: Bearer " + GatewayRig.token("ana"));
            for (int i = 0; i < SLOW; i++) {
                TestSocket client = TestSocket.connectNarrow(one.port());
                slow.add(client);
                assertEquals(101, client.request(lines).status());
            }
            String text = "x".repeat(4_000);
            int sent = 0;
            double most = 0;
            // What the two kernels take in between is unread too, so it may need some megabytes.
            while (Metrics.closed(gateway, "slow-consumer") < SLOW && sent < 40_000) {
                for (int i = 0; i < BATCH; i++) {
                    sender.send(TestSocket.say(text));
                }
                sent += BATCH;
                int last = sent;
                reader.await(message -> message.getMessage().getSeq() == last);
                most = Math.max(most, Metrics.value(gateway, "outbound_bytes"));
            }
            assertEquals(SLOW, Metrics.closed(gateway, "slow-consumer"));
            // It is counted after each flush, so one more batch to each may stand in it for a moment.
            assertTrue(most > TOTAL / 4 && most <= TOTAL + SLOW * BATCH * 4_200, "at most " + most);
            assertFalse(reader.ended() || sender.ended());
            assertTrue(Await.until(TestSocket.PATIENCE, () -> Metrics.value(gateway, "outbound_bytes") == 0));
        } finally {
            for (TestSocket client : slow) {
                client.close();
            }
        }
    }
}

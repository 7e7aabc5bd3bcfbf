package dev.switchboard.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.switchboard.proto.v1.Accepted;
import dev.switchboard.proto.v1.Send;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.servers.Await;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.Partition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The same message through two gateways at once, as when a client gives the first up too early. */
@ExtendWith(LeakCheck.class)
class RetryRaceIT {
    private static final int PAIRS = 1_000;
    private static final Map<String, String> UNHURRIED = Map.of("RATE_USER_BURST", "100000");

    private GatewayRig rig;

    @BeforeEach
    void start() throws IOException {
        rig = new GatewayRig();
    }

    @AfterEach
    void stop() {
        rig.close();
    }

    @Test
    @Tag("T11")
    void oneOfTwoTriesIsTheFirstAndBothHearTheSame() throws IOException {
        Gateway a = rig.gateway(UNHURRIED);
        Gateway b = rig.gateway(UNHURRIED);
        List<Send.Builder> sends = new ArrayList<>();
        for (int i = 0; i < PAIRS; i++) {
            sends.add(TestSocket.say("m" + i));
        }
        try (TestSocket phone = GatewayRig.user(b, "ana");
                TestSocket viaA = GatewayRig.user(a, "ana");
                TestSocket viaB = GatewayRig.user(b, "ana")) {
            // From both ends: each is the first with some of them, however fast it is.
            List<Send.Builder> backwards = new ArrayList<>(sends);
            Collections.reverse(backwards);
            CyclicBarrier start = new CyclicBarrier(2);
            CompletableFuture<Map<ByteString, Accepted>> atA =
                    CompletableFuture.supplyAsync(() -> sayAll(viaA, sends, start));
            Map<ByteString, Accepted> atB = sayAll(viaB, backwards, start);
            Set<Integer> positions = new HashSet<>();
            int firstAtA = 0;
            for (Map.Entry<ByteString, Accepted> each : atA.join().entrySet()) {
                Accepted one = each.getValue();
                Accepted other = atB.getOrDefault(each.getKey(), Accepted.getDefaultInstance());
                assertEquals(
                        one.toBuilder().clearDuplicate().build(),
                        other.toBuilder().clearDuplicate().build());
                assertTrue(one.getDuplicate() != other.getDuplicate(), "one of them is the first");
                firstAtA += one.getDuplicate() ? 0 : 1;
                positions.add(one.getSeq());
            }
            assertEquals(PAIRS, positions.size());
            assertTrue(firstAtA > 0 && firstAtA < PAIRS, "it was a race: " + firstAtA);
            rig.withRedis(redis -> assertEquals(
                    Integer.toString(PAIRS), redis.sync().hget(Keys.partition(Partition.ofOwner("ana")), "count")));
            assertTrue(Await.until(TestSocket.PATIENCE, () -> shown(phone).size() >= PAIRS));
            assertEquals(PAIRS, shown(phone).size());
            assertEquals(positions, new HashSet<>(shown(phone)));
        }
    }

    /** All of them in one go; the answers by id. */
    private static Map<ByteString, Accepted> sayAll(TestSocket client, List<Send.Builder> sends, CyclicBarrier start) {
        try {
            start.await();
            for (Send.Builder send : sends) {
                client.send(send);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException | BrokenBarrierException e) {
            throw new AssertionError("the other one did not begin", e);
        }
        Map<ByteString, Accepted> answers = new HashMap<>();
        while (answers.size() < sends.size()) {
            ServerFrame answer = client.await(frame -> frame.hasAccepted() || frame.hasRefused());
            assertTrue(answer.hasAccepted(), answer::toString);
            answers.put(answer.getAccepted().getClientMsgId(), answer.getAccepted());
        }
        return answers;
    }

    private static List<Integer> shown(TestSocket device) {
        return device.received().stream()
                .filter(frame -> frame.opcode() == 2 && frame.message().hasMessage())
                .map(frame -> frame.message().getMessage().getSeq())
                .toList();
    }
}

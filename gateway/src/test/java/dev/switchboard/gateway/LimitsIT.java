package dev.switchboard.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.switchboard.gateway.TestSocket.Answer;
import dev.switchboard.gateway.auth.TokenMint;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.LanePosition;
import dev.switchboard.proto.v1.Reauth;
import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.proto.v1.Resume;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.proto.v1.ServerFrame.FrameCase;
import dev.switchboard.servers.Await;
import dev.switchboard.wire.ConversationId;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How many connections there may be, how fast they come, how long they live, and how much they may leave unread. */
@ExtendWith(LeakCheck.class)
class LimitsIT {
    private static GatewayRig rig;

    @BeforeAll
    static void start() throws IOException {
        rig = new GatewayRig();
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    private static Answer shake(Gateway gateway, String... headers) throws IOException {
        List<String> lines = TestSocket.handshakeLines("switchboard.v1");
        lines.add("Authorization: Bearer " + GatewayRig.token("late"));
        lines.addAll(List.of(headers));
        return TestSocket.ask(gateway.port(), lines);
    }

    private static void assertRetryAfter(Answer answer) {
        int seconds = Integer.parseInt(answer.header("Retry-After").orElse("0"));
        assertTrue(seconds >= 1 && seconds <= 10, answer.head());
    }

    @Test
    @Tag("H15")
    @Tag("SEC18")
    void anAddressIsThePeersWhateverItClaims() throws IOException {
        Gateway gateway = rig.gateway(Map.of("CONNECTIONS_PER_ADDRESS_MAX", "2"));
        try (TestSocket one = GatewayRig.user(gateway, "one");
                TestSocket two = GatewayRig.user(gateway, "two")) {
            for (String claimed : List.of("203.0.113.7", "198.51.100.1, 203.0.113.8")) {
                Answer answer = shake(gateway, "X-Forwarded-For: " + claimed);
                assertEquals(429, answer.status());
                assertRetryAfter(answer);
            }
            assertEquals(2, Metrics.handshakes(gateway, "address-full"));
            assertFalse(one.ended() || two.ended());
        }
        assertTrue(Await.until(TestSocket.PATIENCE, () -> Metrics.value(gateway, "connections") == 0));
        assertEquals(101, shake(gateway).status(), "a place that was given back is free");
    }

    @Test
    @Tag("H15")
    void aTrustedProxyVouchesForTheAddressBehindIt() throws IOException {
        Gateway gateway = rig.gateway(Map.of("CONNECTIONS_PER_ADDRESS_MAX", "1", "TRUSTED_PROXIES", "127.0.0.0/8"));
        List<String> lines = TestSocket.handshakeLines("switchboard.v1");
        lines.add("Authorization: Bearer " + GatewayRig.token("one"));
        // The nearest hop that no proxy of ours wrote is the client; what stands before it, anybody can write.
        lines.add("X-Forwarded-For: 198.51.100.1, 203.0.113.7");
        try (TestSocket first = TestSocket.connect(gateway.port())) {
            assertEquals(101, first.request(lines).status());
            assertEquals(429, shake(gateway, "X-Forwarded-For: 203.0.113.7").status());
            assertEquals(101, shake(gateway, "X-Forwarded-For: 198.51.100.1").status());
        }
    }

    @Test
    @Tag("SEC19")
    void aFullGatewaySaysWhenToComeAgain() throws IOException {
        Gateway gateway = rig.gateway(Map.of("CONNECTIONS_MAX", "2"));
        try (TestSocket one = GatewayRig.user(gateway, "one");
                TestSocket two = GatewayRig.user(gateway, "two")) {
            Answer answer = shake(gateway);
            assertEquals(503, answer.status());
            assertRetryAfter(answer);
            assertEquals(List.of("connection limit reached"), gateway.notReady());
            assertFalse(one.ended() || two.ended());
        }
    }

    @Test
    @Tag("SEC19")
    void handshakesPerSecondAreBounded() throws IOException {
        Gateway gateway = rig.gateway(Map.of("HANDSHAKES_PER_SECOND_MAX", "3"));
        List<Integer> statuses = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            Answer answer = shake(gateway);
            statuses.add(answer.status());
            if (answer.status() != 101) {
                assertRetryAfter(answer);
            }
        }
        assertTrue(statuses.contains(101) && statuses.contains(503), statuses::toString);
        assertEquals(503, statuses.get(3) == 503 ? 503 : statuses.get(7), statuses::toString);
        assertTrue(Metrics.handshakes(gateway, "too-fast") > 0);
    }

    @Test
    void theOldestConnectionOfAUserMakesRoom() throws IOException {
        Gateway gateway = rig.gateway(Map.of("CONNECTIONS_PER_USER_MAX", "2"));
        try (TestSocket first = GatewayRig.user(gateway, "ana");
                TestSocket second = GatewayRig.user(gateway, "ana");
                TestSocket other = GatewayRig.user(gateway, "bob");
                TestSocket third = GatewayRig.user(gateway, "ana")) {
            assertEquals(4009, first.closeCode());
            third.send(TestSocket.say("hi"));
            assertEquals("hi", second.await(FrameCase.MESSAGE).getMessage().getText());
            assertFalse(other.ended());
            assertTrue(Await.until(TestSocket.PATIENCE, () -> Metrics.closed(gateway, "replaced") == 1));
        }
    }

    @Test
    @Tag("J14")
    @Tag("SEC11")
    void aConnectionEndsSoonAfterItsToken() throws IOException {
        Gateway gateway = rig.gateway();
        // The leeway is 30 s, so this one is good for some two seconds more.
        Instant expiry = Instant.now().minusSeconds(28);
        String token = TokenMint.token("ana", Role.USER, expiry);
        try (TestSocket ending = TestSocket.open(gateway.port(), token, "switchboard.v1");
                TestSocket renewed = TestSocket.open(gateway.port(), token, "switchboard.v1");
                TestSocket sender = GatewayRig.user(gateway, "ana")) {
            renewed.await(FrameCase.WELCOME);
            renewed.send(ClientFrame.newBuilder()
                    .setReauth(Reauth.newBuilder().setToken(GatewayRig.token("ana")))
                    .build());
            renewed.await(FrameCase.WELCOME);
            assertEquals(4001, ending.closeCode());
            long late = Instant.now().getEpochSecond() - expiry.getEpochSecond();
            assertTrue(late >= 30 && late <= 35, "closed " + late + " s after the token's end");
            int before = ending.received().size();
            sender.send(TestSocket.say("later"));
            assertEquals("later", renewed.await(FrameCase.MESSAGE).getMessage().getText());
            assertEquals(before, ending.received().size(), "nothing comes after the close");
            assertTrue(Await.until(TestSocket.PATIENCE, () -> Metrics.closed(gateway, "token-expired") == 1));
        }
    }

    @Test
    void whoAsksTooOftenIsSentAway() throws IOException {
        Gateway gateway = rig.gateway();
        ByteArrayOutputStream many = new ByteArrayOutputStream();
        ConversationId none = ConversationId.openedBy("ana", new UUID(1, 1));
        for (int i = 1; i <= 500; i++) {
            ClientFrame resume = ClientFrame.newBuilder()
                    .setRef(i)
                    .setResume(Resume.newBuilder()
                            .addPositions(LanePosition.newBuilder().setConversation(ByteString.copyFrom(none.bytes()))))
                    .build();
            many.writeBytes(TestSocket.frame(0x82, resume.toByteArray()));
        }
        try (TestSocket client = GatewayRig.user(gateway, "ana");
                TestSocket other = GatewayRig.user(gateway, "bob")) {
            client.send(many.toByteArray());
            ServerFrame limited = client.await(frame -> frame.getRefused().getCode() == RefusalCode.RATE_LIMITED);
            assertTrue(limited.getRef() > 20 && limited.getRef() < 40, limited::toString);
            assertTrue(limited.getRefused().getRetryAfterMs() > 0);
            assertEquals(4029, client.closeCode());
            other.send(TestSocket.say("hi"));
            other.await(FrameCase.ACCEPTED);
        }
    }

    @Test
    @Tag("SEC11")
    void guessingTokensEndsTheConnection() throws IOException {
        Gateway gateway = rig.gateway();
        try (TestSocket client = GatewayRig.user(gateway, "ana")) {
            for (int i = 0; i < 5; i++) {
                client.send(ClientFrame.newBuilder()
                        .setReauth(Reauth.newBuilder().setToken("guess" + i))
                        .build());
            }
            assertEquals(1008, client.closeCode());
        }
    }

    /** Long before as much waits as may. */
    @Test
    @Tag("SEC20")
    void whoTakesNothingForTooLongIsSentAway() throws IOException {
        Gateway gateway = rig.gateway(Map.of(
                "UNWRITABLE_MAX",
                "1s",
                "OUTBOUND_MAX",
                "64MiB",
                "OUTBOUND_TOTAL_MAX",
                "1GiB",
                "RATE_USER_BURST",
                "100000"));
        List<String> lines = TestSocket.handshakeLines("switchboard.v1");
        lines.add("Authorization: Bearer " + GatewayRig.token("ana"));
        try (TestSocket slow = TestSocket.connectNarrow(gateway.port());
                TestSocket sender = GatewayRig.user(gateway, "ana")) {
            assertEquals(101, slow.request(lines).status());
            String text = "x".repeat(4_000);
            for (int sent = 0; Metrics.value(gateway, "channel_unwritable_total") == 0 && sent < 10_000; sent += 20) {
                for (int i = 0; i < 20; i++) {
                    sender.send(TestSocket.say(text));
                }
                for (int i = 0; i < 20; i++) {
                    sender.await(FrameCase.ACCEPTED);
                }
            }
            assertTrue(Await.until(TestSocket.PATIENCE, () -> Metrics.closed(gateway, "slow-consumer") == 1));
            assertFalse(sender.ended());
        }
    }

    @Test
    @Tag("SEC20")
    void whoDoesNotReadIsSentAwayAndNobodyElseWaits() throws IOException {
        Gateway gateway = rig.gateway(
                Map.of("OUTBOUND_MAX", "256KiB", "RATE_USER_BURST", "100000", "RATE_USER_PER_MINUTE", "1000000"));
        List<String> lines = TestSocket.handshakeLines("switchboard.v1");
        lines.add("Authorization: Bearer " + GatewayRig.token("ana"));
        try (TestSocket slow = TestSocket.connectNarrow(gateway.port());
                TestSocket sender = GatewayRig.user(gateway, "ana");
                TestSocket reader = GatewayRig.user(gateway, "ana")) {
            assertEquals(101, slow.request(lines).status());
            String text = "x".repeat(4_000);
            int sent = 0;
            // What the two kernels take in between is unread too, so it may need some megabytes.
            while (Metrics.closed(gateway, "slow-consumer") == 0 && sent < 20_000) {
                for (int i = 0; i < 100; i++) {
                    sender.send(TestSocket.say(text));
                }
                sent += 100;
                int last = sent;
                reader.await(message -> message.getMessage().getSeq() == last);
            }
            assertEquals(1, Metrics.closed(gateway, "slow-consumer"));
            assertEquals(1, Metrics.value(gateway, "slow_consumer_closes_total"));
            assertFalse(reader.ended() || sender.ended());
        }
    }
}

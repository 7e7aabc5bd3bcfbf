package dev.switchboard.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.UnknownFieldSet.Field;
import dev.switchboard.proto.v1.Accepted;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.LanePosition;
import dev.switchboard.proto.v1.Message;
import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.proto.v1.Refused;
import dev.switchboard.proto.v1.Resume;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.proto.v1.Send;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.proto.v1.ServerFrame.FrameCase;
import dev.switchboard.servers.Await;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands that make no sense or are not allowed: what they are answered, and what becomes of the connection. */
@ExtendWith(LeakCheck.class)
class ProtobufIT {
    @RegisterExtension
    static final OneGateway one = OneGateway.watchedWith(Map.of("RATE_USER_BURST", "100"));

    private static Refused refusal(TestSocket client, Send.Builder send) throws IOException {
        client.send(send);
        return refusal(client);
    }

    private static Refused refusal(TestSocket client) {
        ServerFrame frame = client.nextMessage();
        assertEquals(FrameCase.REFUSED, frame.getFrameCase(), frame::toString);
        return frame.getRefused();
    }

    private static Accepted accepted(TestSocket client, Send.Builder send) throws IOException {
        client.send(send);
        return client.await(FrameCase.ACCEPTED).getAccepted();
    }

    private static void assertClosed(int code, String reason, byte[] payload) throws IOException {
        double before = Metrics.closed(one.gateway(), reason);
        try (TestSocket client = GatewayRig.user(one.gateway(), "mallory")) {
            client.send(TestSocket.frame(0x82, payload));
            assertEquals(code, client.closeCode());
        }
        assertTrue(Await.until(TestSocket.PATIENCE, () -> Metrics.closed(one.gateway(), reason) == before + 1));
    }

    @Test
    @Tag("P1")
    void anEmptyFrameIsRefusedAndTheConnectionLivesOn() throws IOException {
        double before = Metrics.refused(one.gateway(), "BAD_REQUEST");
        try (TestSocket client = GatewayRig.user(one.gateway(), "ana")) {
            client.send(TestSocket.frame(0x82, new byte[0]));
            assertEquals(RefusalCode.BAD_REQUEST, refusal(client).getCode());
            assertFalse(accepted(client, TestSocket.say("still here")).getDuplicate());
        }
        assertEquals(before + 1, Metrics.refused(one.gateway(), "BAD_REQUEST"));
    }

    @Test
    @Tag("P2")
    @Tag("P3")
    @Tag("P6")
    void whatIsNoProtobufEndsTheConnection() throws IOException {
        assertClosed(1007, "invalid-payload", new byte[] {(byte) 0xFF, (byte) 0xFF});
        byte[] nested = new byte[10_000];
        java.util.Arrays.fill(nested, (byte) 0x0B);
        assertClosed(1007, "invalid-payload", nested);
        byte[] notUtf8 = {0x0A, 0x04, 0x22, 0x02, (byte) 0xC3, 0x28};
        assertClosed(1007, "invalid-payload", notUtf8);
    }

    @Test
    @Tag("P4")
    void unknownFieldsAreDropped() throws IOException {
        String marker = "x-unknown-x";
        UnknownFieldSet unknown = UnknownFieldSet.newBuilder()
                .addField(
                        1_000,
                        Field.newBuilder()
                                .addLengthDelimited(ByteString.copyFromUtf8(marker.repeat(5_400)))
                                .build())
                .build();
        try (TestSocket ana = GatewayRig.user(one.gateway(), "ana");
                TestSocket phone = GatewayRig.user(one.gateway(), "ana")) {
            accepted(ana, TestSocket.say("with more").setUnknownFields(unknown));
            phone.await(message -> message.getMessage().getText().equals("with more"));
            assertTrue(phone.received().stream()
                    .noneMatch(frame -> frame.payload().toStringUtf8().contains(marker)));
        }
        one.rig()
                .withRedis(redis -> redis.sync().keys("*log*").forEach(log -> {
                    if (redis.sync().type(log).equals("stream")) {
                        assertFalse(redis.sync()
                                .xrange(log, io.lettuce.core.Range.unbounded())
                                .toString()
                                .contains(marker));
                    }
                }));
    }

    @Test
    @Tag("P5")
    void manyEmptyItemsAreTooMany() throws IOException {
        Resume.Builder resume = Resume.newBuilder();
        for (int i = 0; i < 30_000; i++) {
            resume.addPositions(LanePosition.getDefaultInstance());
        }
        try (TestSocket client = GatewayRig.user(one.gateway(), "ana")) {
            client.send(ClientFrame.newBuilder().setResume(resume).build());
            assertEquals(RefusalCode.TOO_MANY, refusal(client).getCode());
        }
    }

    @Test
    @Tag("P7")
    void wantsIdsOfSixteenBytes() throws IOException {
        try (TestSocket client = GatewayRig.user(one.gateway(), "ana")) {
            for (int length : new int[] {0, 15, 17, 16}) {
                Send.Builder send = Send.newBuilder()
                        .setClientMsgId(ByteString.copyFrom(new byte[length]))
                        .setText("hi");
                Refused refused = refusal(client, send);
                assertEquals(RefusalCode.INVALID_ID, refused.getCode());
                assertFalse(refused.getRetryable());
            }
        }
    }

    @Test
    @Tag("P8")
    void oneIdStandsForOneBody() throws IOException {
        try (TestSocket client = GatewayRig.user(one.gateway(), "ana")) {
            Send.Builder first = TestSocket.say("one");
            Accepted accepted = accepted(client, first);
            assertEquals(
                    RefusalCode.CONFLICT,
                    refusal(client, first.clone().setText("two")).getCode());
            Accepted again = accepted(client, first);
            assertTrue(again.getDuplicate());
            assertEquals(accepted.getMessageId(), again.getMessageId());
            assertEquals(accepted.getSeq(), again.getSeq());
        }
    }

    @ParameterizedTest
    @CsvSource({"'', EMPTY", "' \t ', EMPTY", "long, TOO_LONG", "'a\u0000b', INVALID_TEXT", "'a\u0007', INVALID_TEXT"})
    @Tag("P9")
    @Tag("P10")
    void wantsTextThatCanBeShown(String text, RefusalCode code) throws IOException {
        double before = Metrics.refused(one.gateway(), code.name());
        try (TestSocket client = GatewayRig.user(one.gateway(), "ana")) {
            Refused refused = refusal(client, TestSocket.say(text.equals("long") ? "ñ".repeat(4_001) : text));
            assertEquals(code, refused.getCode());
            assertFalse(refused.getRetryable());
        }
        assertEquals(before + 1, Metrics.refused(one.gateway(), code.name()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "👩‍👩‍👧‍👦 e\u0301 a\u200db",
                "\u202eabc\u202c \u2066x\u2069",
                "a\tb\nc",
                "<b>&amp;'\"\\",
                "a\r\nb"
            })
    @Tag("P10")
    void textArrivesByteForByte(String text) throws IOException {
        try (TestSocket ana = GatewayRig.user(one.gateway(), "ana");
                TestSocket phone = GatewayRig.user(one.gateway(), "ana")) {
            Accepted accepted = accepted(ana, TestSocket.say(text));
            Message message = phone.await(
                            frame -> frame.getMessage().getMessageId().equals(accepted.getMessageId()))
                    .getMessage();
            assertEquals(text.replace("\r\n", "\n"), message.getText());
        }
    }

    @Test
    @Tag("P11")
    @Tag("SEC16")
    void nobodyIsWhoTheySayTheyAre() throws IOException {
        // The numbers of Message: sender, role, epoch, seq, time.
        UnknownFieldSet.Builder claims = UnknownFieldSet.newBuilder();
        Field admin = Field.newBuilder()
                .addLengthDelimited(ByteString.copyFromUtf8("root"))
                .build();
        Field number = Field.newBuilder().addVarint(1).addFixed64(1).build();
        claims.addField(6, admin).addField(8, admin);
        for (int field : new int[] {9, 13, 14, 15}) {
            claims.addField(field, number);
        }
        try (TestSocket ana = GatewayRig.user(one.gateway(), "ana");
                TestSocket phone = GatewayRig.user(one.gateway(), "ana")) {
            Accepted accepted = accepted(ana, TestSocket.say("me").setUnknownFields(claims.build()));
            Message message = phone.await(frame -> frame.getMessage().getText().equals("me"))
                    .getMessage();
            assertEquals("ana", message.getSender());
            assertEquals(Role.USER, message.getSenderRole());
            assertEquals(accepted.getSeq(), message.getSeq());
            assertNotEquals(1, message.getTime());
        }
    }

    @Test
    @Tag("P14")
    void wordsOfTheFutureAreUnsupported() throws IOException {
        try (TestSocket client = GatewayRig.user(one.gateway(), "ana")) {
            assertEquals(
                    RefusalCode.UNSUPPORTED,
                    refusal(client, TestSocket.say("hi").setLaneValue(7)).getCode());
            client.send(ClientFrame.newBuilder()
                    .setRef(4)
                    .setVersion(2)
                    .setSend(TestSocket.say("hi"))
                    .build());
            ServerFrame newer = client.nextMessage();
            assertEquals(4, newer.getRef());
            assertEquals(RefusalCode.UNSUPPORTED, newer.getRefused().getCode());
            // A Message, as servers send it.
            client.send(TestSocket.frame(0x82, new byte[] {0x42, 0x00}));
            assertEquals(RefusalCode.UNSUPPORTED, refusal(client).getCode());
        }
    }

    @Test
    @Tag("P16")
    void whoIsTooFastIsToldAndThenSentAway() throws IOException, InterruptedException {
        Gateway strict = one.rig().gateway(Map.of("RATE_USER_BURST", "3", "RATE_USER_PER_MINUTE", "6"));
        try (TestSocket client = GatewayRig.user(strict, "hasty")) {
            for (int i = 0; i < 3; i++) {
                accepted(client, TestSocket.say("message " + i));
            }
            Refused refused = refusal(client, TestSocket.say("one too many"));
            assertEquals(RefusalCode.RATE_LIMITED, refused.getCode());
            assertTrue(refused.getRetryable());
            assertTrue(refused.getRetryAfterMs() > 5_000 && refused.getRetryAfterMs() <= 10_000, refused::toString);
            for (int i = 0; i < 9; i++) {
                client.send(TestSocket.say("and another"));
            }
            assertEquals(4029, client.closeCode());
        }
        assertTrue(Metrics.value(strict, "rate_limited_total") >= 10);
        assertTrue(Await.until(TestSocket.PATIENCE, () -> Metrics.closed(strict, "too-fast") == 1));
    }

    @Test
    void fiveProtocolErrorsInAMinuteEndTheConnection() throws IOException {
        try (TestSocket client = GatewayRig.user(one.gateway(), "mallory")) {
            for (int i = 0; i < 4; i++) {
                client.send(TestSocket.frame(0x82, new byte[0]));
                assertEquals(RefusalCode.BAD_REQUEST, refusal(client).getCode());
            }
            client.send(TestSocket.frame(0x82, new byte[0]));
            assertEquals(RefusalCode.BAD_REQUEST, refusal(client).getCode());
            assertEquals(1008, client.closeCode());
        }
    }
}

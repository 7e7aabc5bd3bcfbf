package dev.switchboard.worker.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.switchboard.proto.v1.Envelope;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.LogEntry;
import dev.switchboard.proto.v1.Message;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.proto.v1.Stored;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Partition;
import dev.switchboard.wire.WireUuid;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("T6")
class EntryDecoderTest {
    private static final LogId ID = new LogId(1, 2);
    private static final Partition HERE = Partition.ofOwner("ana");

    @Test
    void readsMessagesInOrder() {
        DecodedEntry entry = decode(LogEntry.newBuilder()
                .addEnvelopes(envelope(message("one")))
                .addEnvelopes(envelope(message("two").setLane(Lane.STAFF)))
                .build());
        assertEquals(2, entry.count());
        assertEquals("one", entry.messages().get(0).message().getText());
        assertEquals(1, entry.messages().get(1).item());
        assertTrue(entry.unreadable().isEmpty());
    }

    @Test
    void keepsTheNeighboursOfABadEnvelope() {
        DecodedEntry entry = decode(LogEntry.newBuilder()
                .addEnvelopes(envelope(message("one")))
                .addEnvelopes(Envelope.newBuilder().setOwner("ana").setFrame(ByteString.copyFromUtf8("nonsense")))
                .addEnvelopes(envelope(message("three")))
                .build());
        assertEquals(3, entry.count());
        assertEquals(2, entry.messages().size());
        assertEquals(2, entry.messages().get(1).item());
        assertEquals(1, entry.unreadable().get(0).item());
    }

    @Test
    void refusesWhatCannotBeARow() {
        assertRefused("16 bytes", message("x").setMessageId(ByteString.copyFromUtf8("short")));
        assertRefused("16 bytes", message("x").clearClientMsgId());
        assertRefused("no position", message("x").setSeq(0));
        assertRefused("no position", message("x").setEpoch(0));
        assertRefused("longer than 64", message("x").setSender("s".repeat(65)));
        assertRefused("empty", message("x").setSender(""));
        assertRefused("lane or role", message("x").setLaneValue(9));
        assertRefused("lane or role", message("x").setSenderRoleValue(9));
        assertRefused(
                "another partition",
                message("x")
                        .setConversation(ByteString.copyFrom(ConversationId.openedBy(elsewhere(), new UUID(1, 1))
                                .bytes())));
    }

    @Test
    void refusesFramesThatAreNoMessages() {
        Envelope stored = Envelope.newBuilder()
                .setOwner("ana")
                .setFrame(ServerFrame.newBuilder()
                        .setStored(Stored.getDefaultInstance())
                        .build()
                        .toByteString())
                .build();
        DecodedEntry entry = decode(LogEntry.newBuilder().addEnvelopes(stored).build());
        assertTrue(entry.unreadable().get(0).reason().contains("no message"));
    }

    @Test
    void namesNothingThatWasSaidInAReason() {
        byte[] bytes = "hush, this is no protobuf".getBytes(StandardCharsets.UTF_8);
        DecodedEntry entry = EntryDecoder.decode(HERE, ID, bytes);
        assertEquals(1, entry.unreadable().size());
        assertEquals(ByteString.copyFrom(bytes), entry.unreadable().get(0).bytes());
        assertFalse(entry.unreadable().get(0).reason().contains("hush"));
    }

    @Test
    void whatStandsBehindTooManyEnvelopesIsOneDeadLetter() {
        byte[] one = LogEntry.newBuilder()
                .addEnvelopes(envelope(message("one")))
                .build()
                .toByteArray();
        ByteBuffer many = ByteBuffer.allocate(one.length * (EntryDecoder.ENVELOPES_MAX + 100));
        while (many.hasRemaining()) {
            many.put(one);
        }
        DecodedEntry entry = EntryDecoder.decode(HERE, ID, many.array());
        assertEquals(EntryDecoder.ENVELOPES_MAX, entry.messages().size());
        assertEquals(1, entry.unreadable().size());
        assertEquals(100 * one.length, entry.unreadable().get(0).bytes().size());
        assertEquals(EntryDecoder.ENVELOPES_MAX + 1, entry.count());
    }

    @Test
    void survivesEveryMutationOfAnEntry() {
        byte[] good = LogEntry.newBuilder()
                .addEnvelopes(envelope(message("one")))
                .addEnvelopes(envelope(message("two")))
                .build()
                .toByteArray();
        long seed = 20_261_120;
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            byte[] bad = good.clone();
            for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
            }
            DecodedEntry entry = EntryDecoder.decode(HERE, ID, bad);
            assertEquals(
                    entry.count(), entry.messages().size() + entry.unreadable().size(), "seed " + seed + " round " + i);
        }
    }

    private static void assertRefused(String reason, Message.Builder message) {
        DecodedEntry entry =
                decode(LogEntry.newBuilder().addEnvelopes(envelope(message)).build());
        assertEquals(0, entry.messages().size(), reason);
        assertTrue(
                entry.unreadable().get(0).reason().contains(reason),
                entry.unreadable().get(0).reason());
    }

    private static DecodedEntry decode(LogEntry entry) {
        return EntryDecoder.decode(HERE, ID, entry.toByteArray());
    }

    private static Envelope envelope(Message.Builder message) {
        return Envelope.newBuilder()
                .setOrigin(1)
                .setConversation(message.getConversation())
                .setOwner("ana")
                .setFrame(ServerFrame.newBuilder().setMessage(message).build().toByteString())
                .build();
    }

    private static Message.Builder message(String text) {
        ByteString id = ByteString.copyFrom(WireUuid.bytes(new UUID(3, 4)));
        return Message.newBuilder()
                .setConversation(ByteString.copyFrom(
                        ConversationId.openedBy("ana", new UUID(1, 1)).bytes()))
                .setMessageId(id)
                .setClientMsgId(id)
                .setSender("ana")
                .setText(text)
                .setEpoch(1)
                .setSeq(1);
    }

    private static String elsewhere() {
        int i = 0;
        while (Partition.ofOwner("other" + i).equals(HERE)) {
            i++;
        }
        return "other" + i;
    }
}

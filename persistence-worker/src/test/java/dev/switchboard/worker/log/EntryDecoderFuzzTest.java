package dev.switchboard.worker.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Named.named;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.ByteString;
import dev.switchboard.proto.v1.Envelope;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.LogEntry;
import dev.switchboard.proto.v1.Message;
import dev.switchboard.proto.v1.ReadMark;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.servers.InputBudget;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Partition;
import dev.switchboard.wire.WireUuid;
import java.util.BitSet;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.provider.MethodSource;

/** Entries of the log, whatever they hold: each part becomes a row, a mark or a dead letter, and none is left over. */
@Tag("T6")
class EntryDecoderFuzzTest {
    private static final LogId ID = new LogId(1_700_000_000_000L, 3);
    private static final Partition HERE = Partition.ofOwner("ana");
    private static final ByteString CONVERSATION =
            ByteString.copyFrom(ConversationId.openedBy("ana", new UUID(1, 1)).bytes());

    /** For entries, which are as large as what 256 clients said: a few KiB for each envelope that may be broken. */
    private static final long BYTES_MAX = 4 * InputBudget.BYTES_MAX;

    @MethodSource("entries")
    @FuzzTest(maxDuration = "10m")
    void entry(byte[] bytes) {
        InputBudget.spend(BYTES_MAX, () -> check(EntryDecoder.decode(HERE, ID, bytes), bytes.length));
    }

    private static void check(DecodedEntry entry, int bytes) {
        assertEquals(bytes, entry.bytes());
        assertEquals(
                entry.count(),
                entry.messages().size()
                        + entry.marks().size()
                        + entry.unreadable().size());
        BitSet items = new BitSet(entry.count());
        for (LoggedMessage message : entry.messages()) {
            items.set(message.item());
            checkRow(message);
        }
        int unreadable = 0;
        for (Unreadable part : entry.unreadable()) {
            items.set(part.item());
            unreadable += part.bytes().size();
            assertFalse(part.reason().isEmpty());
        }
        assertEquals(entry.messages().size() + entry.unreadable().size(), items.cardinality());
        assertTrue(items.length() <= entry.count());
        assertTrue(unreadable <= bytes);
        for (LoggedMark mark : entry.marks()) {
            assertTrue(isHere(mark.conversation()) && mark.position().seq() != 0);
        }
        // What is told of an entry once its rows are in.
        Batch.Slice slice = new Batch.Slice(HERE, 1, 1, List.of(entry));
        int lanes = LogMark.of(slice, List.of()).stream()
                        .mapToInt(call -> call.keys().size() - 2)
                        .sum()
                / 2;
        assertTrue(lanes <= entry.messages().size());
        assertEquals(entry.count(), slice.count());
    }

    /** What the columns hold and what the keys are made of. */
    private static void checkRow(LoggedMessage message) {
        assertEquals(WireUuid.BYTES, message.message().getMessageId().size());
        assertEquals(WireUuid.BYTES, message.message().getClientMsgId().size());
        assertTrue(isHere(message.conversation()));
        assertTrue(message.position().epoch() != 0 && message.position().seq() != 0);
        assertTrue(message.lane() != Lane.UNRECOGNIZED && message.message().getSenderRole() != Role.UNRECOGNIZED);
        for (String user : List.of(message.sender(), message.owner())) {
            assertTrue(!user.isEmpty() && user.codePointCount(0, user.length()) <= EntryDecoder.USER_CODE_POINTS_MAX);
        }
        assertEquals(Partition.ofOwner(message.owner()), HERE);
    }

    private static boolean isHere(ByteString conversation) {
        return ConversationId.parse(conversation.toByteArray())
                .filter(id -> id.partition().equals(HERE))
                .isPresent();
    }

    static Stream<Named<byte[]>> entries() {
        Envelope said = envelope(message(1));
        Envelope noted = envelope(message(2).setLane(Lane.STAFF).setSenderRole(Role.ADMIN));
        Envelope cut = said.toBuilder()
                .setFrame(said.getFrame().substring(0, said.getFrame().size() - 5))
                .build();
        ReadMark.Builder read =
                ReadMark.newBuilder().setConversation(CONVERSATION).setEpoch(1).setSeq(2);
        Envelope mark =
                envelope(Envelope.Kind.READ_MARK, ServerFrame.newBuilder().setReadMark(read));
        return Stream.of(
                named("a message", entry(said)),
                named("both lanes and a mark", entry(said, noted, mark)),
                named("a broken one between good ones", entry(said, cut, noted)),
                named("nothing, again and again", nothings()));
    }

    private static byte[] nothings() {
        byte[] entry = new byte[4_000];
        for (int i = 0; i < entry.length; i += 2) {
            entry[i] = 0x0A;
        }
        return entry;
    }

    private static byte[] entry(Envelope... envelopes) {
        return LogEntry.newBuilder().addAllEnvelopes(List.of(envelopes)).build().toByteArray();
    }

    private static Envelope envelope(Message.Builder message) {
        return envelope(Envelope.Kind.MESSAGE, ServerFrame.newBuilder().setMessage(message));
    }

    private static Envelope envelope(Envelope.Kind kind, ServerFrame.Builder frame) {
        return Envelope.newBuilder()
                .setOrigin(7)
                .setConversation(CONVERSATION)
                .setOwner("ana")
                .setKind(kind)
                .setFrame(frame.build().toByteString())
                .build();
    }

    private static Message.Builder message(int seq) {
        ByteString id = ByteString.copyFrom(WireUuid.bytes(new UUID(3, seq)));
        return Message.newBuilder()
                .setConversation(CONVERSATION)
                .setMessageId(id)
                .setClientMsgId(id)
                .setSender("ana")
                .setText("¿Hola? 👋")
                .setEpoch(1)
                .setSeq(seq)
                .setTime(1_700_000_000_000L);
    }
}

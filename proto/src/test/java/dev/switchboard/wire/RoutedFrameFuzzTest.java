package dev.switchboard.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Named.named;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.switchboard.proto.v1.Envelope;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.Message;
import dev.switchboard.proto.v1.Publication;
import dev.switchboard.proto.v1.ReadMark;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.proto.v1.SessionNote;
import dev.switchboard.servers.InputBudget;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.provider.MethodSource;

/** Publications as gateways read them. Whatever they read, protobuf's own reader reads the same. */
class RoutedFrameFuzzTest {
    private static final ConversationId CONVERSATION = ConversationId.openedBy("ana", new UUID(1, 1));

    @MethodSource("publications")
    @FuzzTest(maxDuration = "10m")
    void publication(byte[] bytes) {
        InputBudget.spend(() -> {
            try {
                check(bytes, RoutedFrame.read(bytes), LogStep.read(bytes));
            } catch (InvalidProtocolBufferException e) {
                assertTrue(e.getMessage() != null);
            }
        });
    }

    private static void check(byte[] bytes, List<RoutedFrame> frames, Optional<LogStep> step) {
        for (RoutedFrame frame : frames) {
            if (frame.kind() == Envelope.Kind.MESSAGE) {
                checkEnd(frame);
            }
        }
        Publication same;
        try {
            same = Publication.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            return; // Text that is not UTF-8, which only matters to whoever shows it.
        }
        assertEquals(same.getEnvelopesCount(), frames.size());
        for (int i = 0; i < frames.size(); i++) {
            check(bytes, frames.get(i), same.getEnvelopes(i));
        }
        assertEquals(same.getLogId(), step.map(LogStep::entry).orElse(""));
        step.ifPresent(known -> assertEquals(same.getPreviousLogId(), known.previous()));
    }

    /** What every gateway reads of every message without parsing it: it never fails, and is right where the frame is ours. */
    private static void checkEnd(RoutedFrame frame) {
        int seq = frame.seq();
        long time = frame.time();
        ByteString bytes = ByteString.copyFrom(frame.published(), frame.frameOffset(), frame.frameLength());
        try {
            ServerFrame parsed = ServerFrame.parseFrom(bytes);
            Message message = parsed.getMessage();
            boolean ours =
                    parsed.hasMessage() && parsed.getRef() == 0 && message.getSeq() != 0 && message.getTime() != 0;
            // Fields of a later version would stand at the end.
            boolean known = parsed.getUnknownFields().isEmpty()
                    && message.getUnknownFields().isEmpty();
            if (ours && known && parsed.toByteString().equals(bytes)) {
                assertEquals(message.getSeq(), seq);
                assertEquals(message.getTime(), time);
                assertEquals(message, frame.message());
            }
        } catch (InvalidProtocolBufferException e) {
            assertThrows(IllegalStateException.class, frame::message);
        }
    }

    private static void check(byte[] bytes, RoutedFrame frame, Envelope same) {
        assertEquals(same.getFrame(), ByteString.copyFrom(bytes, frame.frameOffset(), frame.frameLength()));
        assertEquals(same.getOrigin(), frame.origin());
        assertEquals(same.getOwner(), frame.owner());
        assertEquals(same.getSender().isEmpty() ? same.getOwner() : same.getSender(), frame.sender());
        assertEquals(same.getLane(), frame.lane());
        assertEquals(same.getKind(), frame.kind());
        if (frame.kind() != Envelope.Kind.SESSION) {
            assertEquals(
                    same.getConversation(),
                    ByteString.copyFrom(frame.conversation().bytes()));
        }
    }

    static Stream<Named<byte[]>> publications() {
        byte[] own = message("ana", Role.USER, null, Lane.PUBLIC);
        byte[] staff = message("root", Role.ADMIN, "ana", Lane.STAFF);
        return Stream.of(
                named("a message", own),
                named("a note of staff", staff),
                named("several with their place in the log", joined(own, staff)),
                named("a read mark", envelope(Envelope.Kind.READ_MARK, mark())),
                named("a word between gateways", envelope(Envelope.Kind.SESSION, signOut())));
    }

    private static byte[] message(String sender, Role role, @Nullable String owner, Lane lane) {
        MessageRecord record = new MessageRecord(
                7, CONVERSATION, sender, role, owner, lane, new UUID(2, 3), new UUID(4, 5), "¿Hola? 👋", 1_700_000_000);
        return Completion.of(record, 4, 5, 1_700_000_000_123L);
    }

    private static byte[] joined(byte[] one, byte[] two) {
        return ByteString.copyFrom(one)
                .concat(ByteString.copyFrom(two))
                .concat(Publication.newBuilder()
                        .setLogId("1700000000000-1")
                        .setPreviousLogId("1700000000000-0")
                        .build()
                        .toByteString())
                .toByteArray();
    }

    private static ByteString mark() {
        ReadMark mark = ReadMark.newBuilder()
                .setConversation(ByteString.copyFrom(CONVERSATION.bytes()))
                .setEpoch(1)
                .setSeq(2)
                .build();
        return ServerFrame.newBuilder().setReadMark(mark).build().toByteString();
    }

    private static ByteString signOut() {
        return SessionNote.newBuilder()
                .setSignOut(SessionNote.SignOut.newBuilder().setTokenPrint("0123456789abcdef"))
                .build()
                .toByteString();
    }

    private static byte[] envelope(Envelope.Kind kind, ByteString frame) {
        Envelope.Builder envelope =
                Envelope.newBuilder().setOwner("ana").setKind(kind).setFrame(frame);
        if (kind != Envelope.Kind.SESSION) {
            envelope.setConversation(ByteString.copyFrom(CONVERSATION.bytes()));
        }
        return Publication.newBuilder().addEnvelopes(envelope).build().toByteArray();
    }
}

package dev.switchboard.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;
import dev.switchboard.proto.v1.Envelope;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.Message;
import dev.switchboard.proto.v1.Publication;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.proto.v1.ServerFrame;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Our own encoder of messages against protobuf's. */
class MessageRecordTest {
    private static final long SEED = 20_300_101L;
    private static final String LETTERS = "aé漢😀\u0000 \n\"ñЖ";

    private final Random random = new Random(SEED);

    @Test
    void encodesWhatProtobufEncodes() throws Exception {
        for (int i = 0; i < 5_000; i++) {
            MessageRecord record = randomRecord();
            int afterPublic = random.nextInt();
            int seq = random.nextInt();
            long time = random.nextLong();
            byte[] completed = Completion.of(record, afterPublic, seq, time);
            Publication expected = expected(record, afterPublic, seq, time);

            assertEquals(expected, Publication.parseFrom(completed), () -> "seed " + SEED + ": " + record);
            assertArrayEquals(expected.toByteArray(), completed, () -> "seed " + SEED + ": " + record);
            assertArrayEquals(completed, record.completed(afterPublic, seq, time));
        }
    }

    @Test
    void joinsRecordsByWritingThemOneAfterTheOther() throws Exception {
        MessageRecord one = randomRecord();
        MessageRecord two = randomRecord();
        ByteString joined = ByteString.copyFrom(Completion.of(one, 1, 2, 3))
                .concat(ByteString.copyFrom(Completion.of(two, 4, 5, 6)));

        assertEquals(
                expected(one, 1, 2, 3).toBuilder()
                        .mergeFrom(expected(two, 4, 5, 6))
                        .build(),
                Publication.parseFrom(joined));
    }

    private MessageRecord randomRecord() {
        String sender = text(1 + random.nextInt(64));
        return new MessageRecord(
                random.nextLong(),
                ConversationId.openedBy(sender, randomUuid()),
                sender,
                random.nextBoolean() ? Role.ADMIN : Role.USER,
                random.nextBoolean() ? text(1 + random.nextInt(64)) : null,
                random.nextBoolean() ? Lane.STAFF : Lane.PUBLIC,
                randomUuid(),
                randomUuid(),
                text(1 + random.nextInt(random.nextInt(20) == 0 ? 4_000 : 200)),
                random.nextInt(10) == 0 ? -1 - random.nextInt(1_000) : 1 + random.nextInt(Integer.MAX_VALUE - 1));
    }

    private UUID randomUuid() {
        return new UUID(random.nextLong(), random.nextLong());
    }

    private String text(int codePoints) {
        int[] letters = LETTERS.codePoints().toArray();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < codePoints; i++) {
            text.appendCodePoint(letters[random.nextInt(letters.length)]);
        }
        return text.toString();
    }

    private static Publication expected(MessageRecord record, int afterPublic, int seq, long time) {
        Message.Builder message = Message.newBuilder()
                .setConversation(ByteString.copyFrom(record.conversation().bytes()))
                .setMessageId(ByteString.copyFrom(WireUuid.bytes(record.messageId())))
                .setClientMsgId(ByteString.copyFrom(WireUuid.bytes(record.clientMsgId())))
                .setSender(record.sender())
                .setSenderRole(record.senderRole())
                .setLane(record.lane())
                .setText(record.text())
                .setEpoch(record.epoch())
                .setSeq(seq)
                .setTime(time);
        Envelope.Builder envelope = Envelope.newBuilder()
                .setOrigin(record.origin())
                .setConversation(ByteString.copyFrom(record.conversation().bytes()))
                .setLane(record.lane());
        String owner = record.owner();
        if (owner == null) {
            envelope.setOwner(record.sender());
        } else {
            envelope.setOwner(owner).setSender(record.sender());
            message.setOwner(owner);
        }
        if (record.lane() == Lane.STAFF) {
            message.setAfterPublic(afterPublic);
        }
        ServerFrame frame = ServerFrame.newBuilder().setMessage(message).build();
        return Publication.newBuilder()
                .addEnvelopes(envelope.setFrame(frame.toByteString()))
                .build();
    }
}

package dev.switchboard.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.switchboard.proto.v1.Envelope;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.Publication;
import dev.switchboard.proto.v1.ServerFrame;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** A tail as it stands in Redis. Reading it proves that headers and records agree and that no number lacks between pieces. */
final class Tail {
    private Tail() {}

    /** All records of one group of one call. */
    record Piece(int first, int count, ByteString publication) {
        byte[] records() {
            return publication.toByteArray();
        }

        int last() {
            return first + count - 1;
        }
    }

    static List<Piece> of(ScriptRig rig, ConversationId conversation, Lane lane) {
        String key = lane == Lane.STAFF ? Keys.staffTail(conversation) : Keys.publicTail(conversation);
        List<byte[]> items = rig.redis.lrange(key, 0, -1);
        assertEquals(0, items.size() % 2, "headers and records alternate");
        List<Piece> pieces = new ArrayList<>();
        for (int i = 0; i < items.size(); i += 2) {
            ByteBuffer header = ByteBuffer.wrap(items.get(i)).order(ByteOrder.LITTLE_ENDIAN);
            Piece piece = new Piece(header.getInt(), header.getInt(), ByteString.copyFrom(items.get(i + 1)));
            assertEquals(0, header.remaining());
            assertEquals(
                    IntStream.rangeClosed(piece.first(), piece.last()).boxed().toList(), seqs(piece.records()));
            if (!pieces.isEmpty()) {
                assertEquals(pieces.get(pieces.size() - 1).last() + 1, piece.first(), "pieces adjoin");
            }
            pieces.add(piece);
        }
        return pieces;
    }

    /** How many messages each piece has. */
    static List<Integer> counts(List<Piece> pieces) {
        return pieces.stream().map(Piece::count).toList();
    }

    /** The bytes of all records. */
    static int bytes(List<Piece> pieces) {
        return pieces.stream().mapToInt(piece -> piece.records().length).sum();
    }

    /** The numbers of the messages in one publication. */
    static List<Integer> seqs(byte[] publication) {
        try {
            List<Integer> seqs = new ArrayList<>();
            for (Envelope envelope : Publication.parseFrom(publication).getEnvelopesList()) {
                seqs.add(ServerFrame.parseFrom(envelope.getFrame()).getMessage().getSeq());
            }
            return seqs;
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }
}

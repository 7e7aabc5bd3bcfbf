package dev.switchboard.worker.store;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import dev.switchboard.proto.v1.LogEntry;
import dev.switchboard.worker.log.DecodedEntry;
import dev.switchboard.worker.log.EntryDecoder;
import dev.switchboard.worker.log.LoggedMark;
import dev.switchboard.worker.log.LoggedMessage;
import dev.switchboard.worker.log.Unreadable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * What a dead letter holds, read as this build reads the log. Immutable.
 *
 * @param fault why it can't be put back; empty if it can
 */
public record LetterContent(List<LoggedMessage> messages, List<LoggedMark> marks, Optional<String> fault) {
    public LetterContent {
        messages = List.copyOf(messages);
        marks = List.copyOf(marks);
    }

    /** Reads it. */
    public static LetterContent of(Letter letter) {
        boolean entry = letter.item() == Unreadable.WHOLE;
        DecodedEntry decoded = EntryDecoder.decode(
                letter.partition(), letter.entry(), entry ? letter.bytes().toByteArray() : wrapped(letter.bytes()));
        // Its place in the entry is what a letter is known by.
        List<LoggedMessage> messages = decoded.messages().stream()
                .map(message -> entry
                        ? message
                        : new LoggedMessage(
                                message.partition(),
                                message.entry(),
                                letter.item(),
                                message.envelope(),
                                message.message()))
                .toList();
        return new LetterContent(messages, decoded.marks(), fault(letter, decoded));
    }

    private static Optional<String> fault(Letter letter, DecodedEntry decoded) {
        if (!letter.whole()) {
            return Optional.of("only the beginning of its bytes is kept");
        }
        return decoded.unreadable().stream().findFirst().map(Unreadable::reason);
    }

    /** One envelope as an entry that holds nothing else; written by hand, because the bytes may be none. */
    private static byte[] wrapped(ByteString envelope) {
        try {
            int field = LogEntry.ENVELOPES_FIELD_NUMBER;
            byte[] bytes = new byte[CodedOutputStream.computeBytesSize(field, envelope)];
            CodedOutputStream out = CodedOutputStream.newInstance(bytes);
            out.writeBytes(field, envelope);
            out.checkNoSpaceLeft();
            return bytes;
        } catch (IOException e) {
            throw new AssertionError("an array does not fail", e);
        }
    }
}

package dev.switchboard.wire;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import dev.switchboard.proto.v1.Publication;
import java.io.IOException;
import java.util.Optional;

/** Which entry of a partition's log a publication in its admins' room was appended as, and which one stood before it. */
public record LogStep(String entry, String previous) {
    private static final int ENTRY_TAG = Publication.LOG_ID_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int PREVIOUS_TAG =
            Publication.PREVIOUS_LOG_ID_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;

    /** Empty: the publication stands in no log. */
    public static Optional<LogStep> read(byte[] published) throws InvalidProtocolBufferException {
        try {
            CodedInputStream in = CodedInputStream.newInstance(published);
            String entry = "";
            String previous = "";
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                switch (tag) {
                    case ENTRY_TAG -> entry = in.readString();
                    case PREVIOUS_TAG -> previous = in.readString();
                    default -> in.skipField(tag);
                }
            }
            return entry.isEmpty() ? Optional.empty() : Optional.of(new LogStep(entry, previous));
        } catch (InvalidProtocolBufferException e) {
            throw e;
        } catch (IOException e) {
            throw new InvalidProtocolBufferException(e);
        }
    }
}

package dev.switchboard.worker.log;

import com.google.protobuf.ByteString;
import dev.switchboard.wire.Position;

/**
 * A read mark as it stands in the log, checked by {@link EntryDecoder}. Not a message: it has no place in a lane, and only the
 * highest one counts.
 *
 * @param staff false: the owner has read
 */
public record LoggedMark(ByteString conversation, String owner, boolean staff, Position position) {}

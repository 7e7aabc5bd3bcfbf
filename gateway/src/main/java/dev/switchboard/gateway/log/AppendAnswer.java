package dev.switchboard.gateway.log;

import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Position;
import java.util.UUID;

/** What became of an {@link Append}. */
public sealed interface AppendAnswer {
    /** It stands in the log. {@code time} is Redis' clock in milliseconds. */
    record Accepted(ConversationId conversation, UUID messageId, Position position, long time, boolean duplicate)
            implements AppendAnswer {}

    /** It does not, or nobody knows; the code tells which. */
    record Refused(RefusalCode code, int retryAfterMillis) implements AppendAnswer {
        Refused(RefusalCode code) {
            this(code, 0);
        }
    }
}

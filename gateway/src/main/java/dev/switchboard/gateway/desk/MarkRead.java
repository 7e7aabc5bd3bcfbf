package dev.switchboard.gateway.desk;

import dev.switchboard.gateway.log.lane.ReadMarkLog;
import dev.switchboard.gateway.log.lane.ReadMarkLog.Outcome;
import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Position;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Notes how far somebody has read: the owner for themself, an admin for all of staff. One for each event loop, confined to it.
 *
 * <p>What always holds: at most one mark a second of a connection and conversation goes to the log, and the last one always
 * does: while Redis is away it waits, and when the connection closes it goes at once.
 */
public final class MarkRead {
    /** The least time between two marks of one connection in one conversation. */
    static final long INTERVAL_NANOS = 1_000_000_000L;

    /** Conversations of one connection with a mark within the interval; beyond it TOO_MANY. */
    static final int CONVERSATIONS_MAX = 1_000;

    /** How long the marks of a connection that is gone are tried for. */
    static final long LEFT_NANOS_MAX = 60 * INTERVAL_NANOS;

    private final Log log;
    private final LongSupplier nanoClock;
    private final Map<Long, Connection> connections = new HashMap<>();

    /** Where marks go. Called and answering on this event loop; it never fails. */
    @FunctionalInterface
    public interface Log {
        CompletionStage<Outcome> raise(ReadMarkLog.Reader reader, ConversationId conversation, Position position);
    }

    public MarkRead(Log log, LongSupplier nanoClock) {
        this.log = log;
        this.nanoClock = nanoClock;
    }

    /** Notes a mark. {@code refused} is called if it may not be set, on this event loop, at the latest after a while. */
    public void run(Participant who, ConversationId conversation, Position position, Consumer<RefusalCode> refused) {
        Connection connection = connections.computeIfAbsent(
                who.connection(),
                id -> new Connection(new ReadMarkLog.Reader(who.user(), who.isAdmin(), who.connection())));
        Mark mark = connection.marks.get(conversation);
        if (mark == null) {
            if (connection.marks.size() >= CONVERSATIONS_MAX) {
                refused.accept(RefusalCode.TOO_MANY);
                return;
            }
            mark = new Mark(nanoClock.getAsLong() - INTERVAL_NANOS);
            connection.marks.put(conversation, mark);
        }
        if (mark.waiting == null || position.compareTo(mark.waiting) >= 0) {
            mark.waiting = position;
            mark.refused = refused;
        }
        sendIfDue(connection, conversation, mark);
    }

    /** Sends what had to wait; called a few times a second. */
    public void sweep() {
        long now = nanoClock.getAsLong();
        for (Connection connection : List.copyOf(connections.values())) {
            Map.copyOf(connection.marks).forEach((conversation, mark) -> sendIfDue(connection, conversation, mark));
        }
        for (Iterator<Connection> each = connections.values().iterator(); each.hasNext(); ) {
            Connection connection = each.next();
            boolean givenUp = connection.left && now - connection.leftNanos > LEFT_NANOS_MAX;
            connection.marks.values().removeIf(mark -> givenUp || mark.isIdle(now));
            if (connection.marks.isEmpty()) {
                each.remove();
            }
        }
    }

    /** The connection has closed: what waits goes now. */
    public void left(long id) {
        Connection connection = connections.get(id);
        if (connection != null) {
            connection.left = true;
            connection.leftNanos = nanoClock.getAsLong();
            Map.copyOf(connection.marks).forEach((conversation, mark) -> {
                mark.sentNanos = connection.leftNanos - INTERVAL_NANOS;
                sendIfDue(connection, conversation, mark);
            });
        }
    }

    private void sendIfDue(Connection connection, ConversationId conversation, Mark mark) {
        Position position = mark.waiting;
        long now = nanoClock.getAsLong();
        if (position == null || mark.underWay || now - mark.sentNanos < INTERVAL_NANOS) {
            return;
        }
        mark.waiting = null;
        mark.underWay = true;
        mark.sentNanos = now;
        Consumer<RefusalCode> refused = mark.refused;
        log.raise(connection.reader, conversation, position).thenAccept(outcome -> {
            mark.underWay = false;
            if (outcome == Outcome.FORBIDDEN) {
                refused.accept(RefusalCode.FORBIDDEN);
            } else if (outcome == Outcome.LATER && mark.waiting == null) {
                mark.waiting = position;
            }
            if (connection.left) {
                // What came last was told while this one was under way, and nobody else will send it in time.
                sendLast(connection, conversation, mark, outcome);
            }
        });
    }

    private void sendLast(Connection connection, ConversationId conversation, Mark mark, Outcome outcome) {
        if (outcome == Outcome.DONE && mark.waiting != null) {
            mark.sentNanos = nanoClock.getAsLong() - INTERVAL_NANOS;
            sendIfDue(connection, conversation, mark);
        }
    }

    /** Marks of one connection, by conversation. */
    private static final class Connection {
        final ReadMarkLog.Reader reader;
        final Map<ConversationId, Mark> marks = new HashMap<>();
        boolean left;
        long leftNanos;

        Connection(ReadMarkLog.Reader reader) {
            this.reader = reader;
        }
    }

    /** The mark of one connection in one conversation. */
    private static final class Mark {
        long sentNanos;
        boolean underWay;

        @Nullable
        Position waiting;

        Consumer<RefusalCode> refused = code -> {};

        Mark(long sentNanos) {
            this.sentNanos = sentNanos;
        }

        boolean isIdle(long now) {
            return waiting == null && !underWay && now - sentNanos >= INTERVAL_NANOS;
        }
    }
}

package dev.switchboard.gateway.log;

import dev.switchboard.wire.Partition;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What waits for one partition, and what is under way to it. Confined to one event loop. In the order in which it came. */
final class AppendQueue {
    final Partition partition;
    final ArrayDeque<Append> waiting = new ArrayDeque<>();

    @Nullable
    AppendBlock underWay;

    AppendQueue(Partition partition) {
        this.partition = partition;
    }

    List<Append> take() {
        List<Append> taken = new ArrayList<>(Math.min(waiting.size(), LogLimits.CALL_MESSAGES_MAX));
        Map<Append.Voice, Boolean> named = new HashMap<>();
        int bytes = 0;
        while (!waiting.isEmpty() && taken.size() < LogLimits.CALL_MESSAGES_MAX) {
            Append next = waiting.element();
            bytes += next.bytes();
            boolean full = bytes > LogLimits.CALL_BYTES_MAX && !taken.isEmpty();
            // Named and unnamed messages of one sender are two groups of the script, which would change their
            // order.
            Boolean namedBefore = named.putIfAbsent(next.voice(), next.conversationNamed);
            if (full || (namedBefore != null && namedBefore != next.conversationNamed)) {
                break;
            }
            taken.add(waiting.remove());
        }
        return taken;
    }

    /** Whether anything here would be overdue at that time. */
    boolean hasOverdue(long nanos) {
        AppendBlock sent = underWay;
        return (sent != null && sent.appends().stream().anyMatch(append -> append.isOverdue(nanos)))
                || (!waiting.isEmpty() && waiting.element().isOverdue(nanos));
    }

    /** From the front: they wait in the order of their due times. */
    List<Append> takeOverdue(long now) {
        List<Append> overdue = new ArrayList<>();
        while (!waiting.isEmpty() && waiting.element().isOverdue(now)) {
            overdue.add(waiting.remove());
        }
        return overdue;
    }

    List<Append> takeAll() {
        List<Append> all = List.copyOf(waiting);
        waiting.clear();
        return all;
    }

    /** To the front, in order: they came before whatever waits. */
    void putBack(List<Append> appends) {
        for (int i = appends.size() - 1; i >= 0; i--) {
            waiting.addFirst(appends.get(i));
        }
    }
}

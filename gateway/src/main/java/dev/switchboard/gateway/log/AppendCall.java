package dev.switchboard.gateway.log;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * One call of the append script: blocks of different partitions, which one Redis takes as one and answers as one. Confined to
 * one event loop.
 */
final class AppendCall {
    private static final byte[] WRITE_AGAIN = {'w'};
    private static final byte[] NOT_AGAIN = {};

    private final List<AppendBlock> blocks = new ArrayList<>();
    private int messages;
    private int bytes;

    /** However large a block is, a call of its own holds it. */
    boolean hasRoomFor(AppendBlock block) {
        return blocks.isEmpty()
                || (messages + block.appends().size() <= LogLimits.CALL_MESSAGES_MAX
                        && bytes + block.bytes() <= LogLimits.CALL_BYTES_MAX);
    }

    void add(AppendBlock block) {
        blocks.add(block);
        messages += block.appends().size();
        bytes += block.bytes();
    }

    boolean isEmpty() {
        return blocks.isEmpty();
    }

    /** In the order of the script's answers. */
    List<AppendBlock> blocks() {
        return blocks;
    }

    int messages() {
        return messages;
    }

    byte[][] keys() {
        List<byte[]> keys = new ArrayList<>();
        blocks.forEach(block -> block.addKeys(keys));
        return keys.toArray(byte[][]::new);
    }

    /** @param backlogMax in one partition, in messages */
    byte[][] arguments(LogLimits limits, long backlogMax, boolean writesRetriesAgain) {
        List<byte[]> arguments = new ArrayList<>();
        arguments.add(number(backlogMax));
        arguments.add(number(limits.dedupeIdsMax()));
        arguments.add(number(limits.dedupeAge().toMillis()));
        arguments.add(writesRetriesAgain ? WRITE_AGAIN : NOT_AGAIN);
        blocks.forEach(block -> block.addArguments(arguments));
        return arguments.toArray(byte[][]::new);
    }

    private static byte[] number(long value) {
        return Long.toString(value).getBytes(StandardCharsets.ISO_8859_1);
    }
}

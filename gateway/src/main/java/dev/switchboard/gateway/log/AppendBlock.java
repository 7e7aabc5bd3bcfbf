package dev.switchboard.gateway.log;

import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.MessageRecord;
import dev.switchboard.wire.Partition;
import dev.switchboard.wire.Position;
import dev.switchboard.wire.WireUuid;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What one call of the append script tells one partition: its messages that arrived while the last round was under way. Knows
 * its part of the script's arguments and answer, byte by byte; both are described in {@code append.lua}. Confined to one event
 * loop.
 */
final class AppendBlock {
    private static final byte[] EMPTY = new byte[0];
    private static final byte[] OPEN_IF_NONE = {'o'};
    private static final byte[] MUST_EXIST = {'x'};
    private static final byte[] PUBLIC = {'0'};
    private static final byte[] STAFF = {'1'};
    private static final byte[] USER_SPEAKS = {'0'};
    private static final byte[] ADMIN_SPEAKS = {'1'};

    private final Partition partition;
    private final int epoch;
    private final List<Group> groups = new ArrayList<>();
    /** In the order of the script's answers: by group, then as sent. */
    private final List<Append> order;

    AppendBlock(Partition partition, int epoch, List<Append> appends) {
        this.partition = partition;
        this.epoch = epoch;
        Map<GroupKey, Group> byKey = new HashMap<>();
        for (Append append : appends) {
            GroupKey key = GroupKey.of(append);
            Group group = byKey.get(key);
            if (group == null) {
                group = new Group(append, append.target());
                byKey.put(key, group);
                groups.add(group);
            }
            group.appends.add(append);
        }
        order = new ArrayList<>(appends.size());
        groups.forEach(group -> order.addAll(group.appends));
    }

    List<Append> appends() {
        return order;
    }

    Partition partition() {
        return partition;
    }

    /** Of the partition, as the records have it. */
    int epoch() {
        return epoch;
    }

    /** As {@link LogLimits} counts them. */
    int bytes() {
        return order.stream().mapToInt(Append::bytes).sum();
    }

    void addKeys(List<byte[]> keys) {
        keys.add(ascii(Keys.partition(partition)));
        keys.add(ascii(Keys.log(partition)));
        keys.add(ascii(Keys.dedupe(partition)));
        keys.add(ascii(Keys.dedupeBefore(partition)));
        keys.add(ascii(Keys.open(partition)));
        for (Group group : groups) {
            keys.add(ascii(Keys.conversation(group.target)));
            keys.add(ascii(
                    group.first.lane == Lane.STAFF ? Keys.staffTail(group.target) : Keys.publicTail(group.target)));
            keys.add(utf8(Keys.openOf(group.first.owner)));
            keys.add(utf8(Keys.rate(partition, group.first.sender)));
        }
    }

    void addArguments(List<byte[]> arguments) {
        arguments.add(number(epoch));
        arguments.add(ascii(Keys.adminsRoom(partition)));
        arguments.add(number(groups.size()));
        for (Group group : groups) {
            Append first = group.first;
            boolean staff = first.lane == Lane.STAFF;
            arguments.add(staff ? EMPTY : utf8(Keys.userRoom(first.owner)));
            arguments.add(group.target.bytes());
            arguments.add(utf8(first.owner));
            arguments.add(first.conversationNamed ? MUST_EXIST : OPEN_IF_NONE);
            arguments.add(staff ? STAFF : PUBLIC);
            arguments.add(first.senderRole == Role.ADMIN ? ADMIN_SPEAKS : USER_SPEAKS);
            arguments.add(number(first.rate.burst()));
            arguments.add(ascii(Double.toString(first.rate.periodMillis())));
            arguments.add(number(group.appends.size()));
            for (Append append : group.appends) {
                arguments.add(dedupeField(append));
                arguments.add(claim(append, group.target));
                arguments.add(record(append, group.target).prefix());
            }
        }
    }

    /**
     * Reads the answers from behind the 'o': tells each append that was refused, and passes on what was accepted; returns those
     * that must be tried again, in order, because they aimed wrongly.
     */
    List<Append> complete(ByteBuffer answer, BiConsumer<Append, AppendAnswer.Accepted> accepted) {
        long now = answer.getLong();
        List<Append> again = new ArrayList<>();
        for (Group group : groups) {
            int row = 0;
            int seq = 0;
            for (Append append : group.appends) {
                if (row > 0) {
                    row--;
                    accepted.accept(append, first(append, group.target, ++seq, now));
                    continue;
                }
                byte kind = answer.get();
                if (kind == 'A') {
                    seq = answer.getInt();
                    row = (answer.getShort() & 0xFFFF) - 1;
                    accepted.accept(append, first(append, group.target, seq, now));
                } else if (kind == 'D') {
                    accepted.accept(append, again(answer));
                } else if (kind != 'M') {
                    append.answer(refusal(kind, answer));
                } else if (append.retarget(movedTo(answer))) {
                    again.add(append);
                } else {
                    append.answer(new AppendAnswer.Refused(RefusalCode.CLOSED));
                }
            }
        }
        return again;
    }

    private AppendAnswer.Accepted first(Append append, ConversationId target, int seq, long now) {
        return new AppendAnswer.Accepted(target, append.messageId, new Position(epoch, seq), now, false);
    }

    /** What an earlier try was accepted as. */
    private static AppendAnswer.Accepted again(ByteBuffer answer) {
        ConversationId conversation = new ConversationId(uuid(answer));
        UUID messageId = uuid(answer);
        Position position = new Position(answer.getInt(), answer.getInt());
        return new AppendAnswer.Accepted(conversation, messageId, position, answer.getLong(), true);
    }

    private static AppendAnswer.Refused refusal(byte kind, ByteBuffer answer) {
        return switch (kind) {
            case 'X' -> new AppendAnswer.Refused(RefusalCode.CONFLICT);
            case 'F' -> new AppendAnswer.Refused(RefusalCode.FORBIDDEN);
            case 'N' -> new AppendAnswer.Refused(RefusalCode.UNAVAILABLE);
            case 'C' -> new AppendAnswer.Refused(RefusalCode.CLOSED);
            case 'B' -> new AppendAnswer.Refused(RefusalCode.BACKLOG_FULL, LogLimits.BACKLOG_RETRY_MILLIS);
            case 'L' -> new AppendAnswer.Refused(RefusalCode.RATE_LIMITED, answer.getInt());
            default -> throw new IllegalStateException("append.lua answered with kind " + kind);
        };
    }

    private MessageRecord record(Append append, ConversationId target) {
        return new MessageRecord(
                append.origin,
                target,
                append.sender,
                append.senderRole,
                append.sender.equals(append.owner) ? null : append.owner,
                append.lane,
                append.messageId,
                append.clientMsgId,
                append.text,
                epoch);
    }

    private static @Nullable ConversationId movedTo(ByteBuffer answer) {
        UUID actual = uuid(answer);
        return actual.getMostSignificantBits() == 0 ? null : new ConversationId(actual);
    }

    private static byte[] dedupeField(Append append) {
        byte[] sender = utf8(append.sender);
        return ByteBuffer.allocate(WireUuid.BYTES + sender.length)
                .put(WireUuid.bytes(append.clientMsgId))
                .put(sender)
                .array();
    }

    /** What the dedupe record begins with. */
    private static byte[] claim(Append append, ConversationId target) {
        return ByteBuffer.allocate(2 * WireUuid.BYTES + Append.FINGERPRINT_BYTES)
                .put(target.bytes())
                .put(WireUuid.bytes(append.messageId))
                .put(append.fingerprint())
                .array();
    }

    /** Ids are most significant byte first, whatever the order of the numbers around them. */
    private static UUID uuid(ByteBuffer answer) {
        return new UUID(Long.reverseBytes(answer.getLong()), Long.reverseBytes(answer.getLong()));
    }

    private static byte[] number(long value) {
        return ascii(Long.toString(value));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Appends that share a group of the script: one sender in one role, one lane, one conversation. */
    private record GroupKey(
            String sender,
            Role role,
            String owner,
            Lane lane,
            @Nullable ConversationId named) {
        static GroupKey of(Append append) {
            return new GroupKey(
                    append.sender,
                    append.senderRole,
                    append.owner,
                    append.lane,
                    append.conversationNamed ? append.target() : null);
        }
    }

    private static final class Group {
        final Append first;
        final ConversationId target;
        final List<Append> appends = new ArrayList<>();

        Group(Append first, ConversationId target) {
            this.first = first;
            this.target = target;
        }
    }
}

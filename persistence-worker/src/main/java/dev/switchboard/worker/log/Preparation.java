package dev.switchboard.worker.log;

import com.google.protobuf.ByteString;
import dev.switchboard.proto.v1.Envelope;
import dev.switchboard.proto.v1.Publication;
import dev.switchboard.proto.v1.ReadMark;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.Partition;
import dev.switchboard.wire.Position;
import dev.switchboard.wire.Script;
import io.lettuce.core.RedisException;
import io.lettuce.core.ScriptOutputType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes partitions ready for gateways and for reading, and brings Redis up to what MySQL holds before. One pass over the open
 * conversations at a time, under a name that no other worker has. Confined to the worker's thread.
 */
public final class Preparation {
    /** Conversations in one call. More are split over several: the script must not hold up the messages behind it. */
    private static final int CONVERSATIONS_MAX = 128;

    private static final int FENCED = -1;
    private static final int BEGUN = -2;
    private static final int GOING = -3;
    private static final byte[] NOTHING = {};

    private final RedisLog redis;
    private final String pass;

    public Preparation(RedisLog redis, String pass) {
        this.redis = redis;
        this.pass = pass;
    }

    /**
     * A partition this worker owns.
     *
     * @param epoch the highest that MySQL holds
     */
    public record Owned(Partition partition, long fence, int epoch) {}

    /** Where a partition is. */
    public enum Stage {
        READY,
        /** Another worker owns it. */
        FENCED,
        /** All that is open has to be compared, from now on. */
        BEGUN,
        /** The same, and what was compared before still counts. */
        GOING
    }

    /**
     * What a partition was answered.
     *
     * @param epoch in force where it is ready, else 0
     */
    public record Answer(Stage stage, int epoch) {
        private static Answer of(long answer) {
            if (answer > 0) {
                return new Answer(Stage.READY, (int) answer);
            }
            return switch ((int) answer) {
                case FENCED -> new Answer(Stage.FENCED, 0);
                case BEGUN -> new Answer(Stage.BEGUN, 0);
                case GOING -> new Answer(Stage.GOING, 0);
                default -> throw new RedisException("the prepare script answered " + answer);
            };
        }
    }

    /** What became of one conversation. */
    public enum Outcome {
        CREATED,
        PUT_BACK,
        KEPT,
        /** Its numbers can't go on as they are: {@link #settle} it when the pass has been over all. */
        COLLIDES
    }

    /**
     * Asks where partitions are, and makes those ready that can be.
     *
     * @param compared all their open conversations have been compared in this pass
     */
    public Map<Partition, Answer> prepare(List<Owned> partitions, boolean compared) {
        List<ScriptCall> calls = new ArrayList<>();
        for (Owned owned : partitions) {
            calls.add(new ScriptCall(
                    List.of(Keys.partition(owned.partition())),
                    List.of(
                            text(Integer.toUnsignedString(owned.epoch())),
                            text(Long.toString(owned.fence())),
                            text(pass),
                            text(compared ? "1" : "0"))));
        }
        List<Long> answers = redis.run(Script.PREPARE, ScriptOutputType.INTEGER, calls);
        Map<Partition, Answer> found = new LinkedHashMap<>();
        for (int i = 0; i < answers.size(); i++) {
            found.put(partitions.get(i).partition(), Answer.of(answers.get(i)));
        }
        return found;
    }

    /**
     * Compares conversations with Redis and puts back what MySQL is ahead with.
     *
     * @return of each partition, in the same order; nothing where the pass is over or another worker owns it
     */
    public Map<Partition, List<Outcome>> restore(Map<Owned, List<RememberedConversation>> conversations) {
        return run(conversations, false);
    }

    /** Goes on with these under new numbers in a new epoch; everybody loads them anew. False: the pass is over. */
    public boolean settle(Owned owned, List<RememberedConversation> conversations) {
        return !run(Map.of(owned, conversations), true)
                .getOrDefault(owned.partition(), List.of())
                .isEmpty();
    }

    /** All in one go, so that Redis syncs its disk once for all. */
    private Map<Partition, List<Outcome>> run(
            Map<Owned, List<RememberedConversation>> conversations, boolean settling) {
        List<Partition> partitions = new ArrayList<>();
        List<ScriptCall> calls = new ArrayList<>();
        conversations.forEach((owned, its) -> {
            for (int from = 0; from < its.size(); from += CONVERSATIONS_MAX) {
                int to = Math.min(its.size(), from + CONVERSATIONS_MAX);
                partitions.add(owned.partition());
                calls.add(call(owned, its.subList(from, to), settling));
            }
        });
        List<byte[]> answers = redis.run(Script.RESTORE, ScriptOutputType.VALUE, calls);
        Map<Partition, List<Outcome>> outcomes = new LinkedHashMap<>();
        Set<Partition> over = new HashSet<>();
        for (int i = 0; i < answers.size(); i++) {
            String text = new String(answers.get(i), StandardCharsets.UTF_8);
            List<Outcome> its = outcomes.computeIfAbsent(partitions.get(i), any -> new ArrayList<>());
            if (text.equals("fenced") || text.equals("over")) {
                over.add(partitions.get(i));
            } else {
                text.chars().mapToObj(Preparation::outcome).forEach(its::add);
            }
        }
        over.forEach(partition -> outcomes.put(partition, List.of()));
        return outcomes;
    }

    private static Outcome outcome(int letter) {
        return switch (letter) {
            case 'c' -> Outcome.CREATED;
            case 'r' -> Outcome.PUT_BACK;
            case 'k' -> Outcome.KEPT;
            case 'x' -> Outcome.COLLIDES;
            default -> throw new RedisException("the restore script answered " + (char) letter);
        };
    }

    private ScriptCall call(Owned owned, List<RememberedConversation> conversations, boolean settling) {
        Partition partition = owned.partition();
        List<String> keys =
                new ArrayList<>(List.of(Keys.partition(partition), Keys.log(partition), Keys.open(partition)));
        List<byte[]> arguments = new ArrayList<>(List.of(
                text(Long.toString(owned.fence())),
                text(pass),
                text(Keys.adminsRoom(partition)),
                text(settling ? "1" : "0")));
        for (RememberedConversation one : conversations) {
            keys.add(Keys.conversation(one.id()));
            keys.add(Keys.publicTail(one.id()));
            keys.add(Keys.staffTail(one.id()));
            keys.add(Keys.openOf(one.owner()));
            arguments.add(one.id().bytes());
            arguments.add(text(one.owner()));
            arguments.add(text(Integer.toString(one.status().number())));
            add(arguments, one.status().setAt());
            add(arguments, one.publicHead());
            add(arguments, one.staffHead());
            add(arguments, one.ownerRead());
            add(arguments, one.staffRead());
            arguments.add(text(Integer.toUnsignedString(one.lastOwnerSeq())));
            arguments.add(text(Integer.toUnsignedString(one.lastAdminSeq())));
            arguments.add(text(Long.toString(one.lastMillis())));
            arguments.add(text(Long.toString(one.activeMillis())));
            arguments.add(text(Keys.userRoom(one.owner())));
            arguments.add(mark(one, false, one.ownerRead()));
            arguments.add(mark(one, true, one.staffRead()));
        }
        return new ScriptCall(keys, arguments);
    }

    /** What the read script logs and publishes. */
    private static byte[] mark(RememberedConversation conversation, boolean staff, Position position) {
        if (position.equals(Position.START)) {
            return NOTHING;
        }
        ByteString id = ByteString.copyFrom(conversation.id().bytes());
        ReadMark mark = ReadMark.newBuilder()
                .setConversation(id)
                .setEpoch(position.epoch())
                .setSeq(position.seq())
                .setStaff(staff)
                .build();
        return Publication.newBuilder()
                .addEnvelopes(Envelope.newBuilder()
                        .setConversation(id)
                        .setOwner(conversation.owner())
                        .setKind(Envelope.Kind.READ_MARK)
                        .setFrame(ServerFrame.newBuilder()
                                .setReadMark(mark)
                                .build()
                                .toByteString()))
                .build()
                .toByteArray();
    }

    private static void add(List<byte[]> arguments, Position position) {
        arguments.add(text(Integer.toUnsignedString(position.epoch())));
        arguments.add(text(Integer.toUnsignedString(position.seq())));
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

package dev.switchboard.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.switchboard.proto.v1.Lane;
import dev.switchboard.wire.ScriptRig.Speaker;
import io.lettuce.core.ScriptOutputType;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What the tests of scripts share that are about one owner, Ana, and the conversation she opens. For JUnit's thread. Before each
 * test her partition is prepared and in {@link #epoch}, nothing is said yet, and the shared Redis holds nothing else.
 */
@ExtendWith(SharedRedis.class)
abstract class OneOwnerScripts {
    static final String OWNER = "ana";
    static final Partition PARTITION = Partition.ofOwner(OWNER);

    ScriptRig rig;
    int epoch;
    Speaker ana;

    @BeforeEach
    void prepare(ScriptRig shared) {
        rig = shared;
        epoch = rig.prepare(PARTITION);
        ana = Speaker.owner(OWNER, epoch);
    }

    /** All in one call, and accepted. */
    void say(int messages) {
        MessageRecord[] said = new MessageRecord[messages];
        for (int i = 0; i < messages; i++) {
            said[i] = ana.says("message");
        }
        assertEquals("A" + messages, rig.append(epoch, ana.opening(said)).rows());
    }

    /** Each in a call of its own. */
    void sayEach(int messages) {
        for (int i = 0; i < messages; i++) {
            say(1);
        }
    }

    /** A call that tells: the public lane is stored up to here. */
    MarkCall publicUpTo(int seq) {
        return new MarkCall(rig, ana).lane(false, new Position(epoch, seq));
    }

    List<Tail.Piece> tail(Lane lane) {
        return Tail.of(rig, ana.conversation(), lane);
    }

    List<Tail.Piece> pieces() {
        return tail(Lane.PUBLIC);
    }

    /** This field of Ana's conversation; empty where there is none. */
    String conversation(String field) {
        return rig.field(Keys.conversation(ana.conversation()), field);
    }

    /** One call of a script that reads a lane, with all its arguments; nothing for a conversation it doesn't know. */
    List<Object> readLane(Script script, String lane, Position at, int messagesMax, int bytesMax, String... more) {
        boolean staff = lane.equals("1");
        List<String> arguments = new ArrayList<>(List.of(
                lane,
                Integer.toString(at.epoch()),
                Integer.toString(at.seq()),
                Integer.toString(messagesMax),
                Integer.toString(bytesMax)));
        arguments.addAll(List.of(more));
        List<Object> answer = rig.redis.evalsha(
                script.sha1(),
                ScriptOutputType.MULTI,
                new String[] {
                    Keys.conversation(ana.conversation()),
                    staff ? Keys.staffTail(ana.conversation()) : Keys.publicTail(ana.conversation()),
                    Keys.partition(PARTITION)
                },
                ScriptRig.bytes(arguments.toArray(String[]::new)));
        return answer.stream().allMatch(Objects::isNull) ? List.of() : answer;
    }
}

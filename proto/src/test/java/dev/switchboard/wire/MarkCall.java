package dev.switchboard.wire;

import io.lettuce.core.ScriptOutputType;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** One call of the mark script, with what a worker would choose unless a test says otherwise. */
final class MarkCall {
    private static final String AFTER_ALL = "99999999999999-0";

    int fence = 1;
    int ofEpoch;
    String trimBefore = AFTER_ALL;
    int messages;
    int keep = 50;
    int keepBytes = 8192;
    int rememberAbsent = 32;
    /** What the lanes added from here on are told. */
    final ByteArrayOutputStream absent = new ByteArrayOutputStream();

    private final ScriptRig rig;
    private final ScriptRig.Speaker owner;
    private final Partition partition;
    private final List<String> keys;
    private final List<byte[]> lanes = new ArrayList<>();

    MarkCall(ScriptRig rig, ScriptRig.Speaker owner) {
        this.rig = rig;
        this.owner = owner;
        ofEpoch = owner.epoch();
        partition = owner.conversation().partition();
        keys = new ArrayList<>(List.of(Keys.partition(partition), Keys.log(partition)));
    }

    MarkCall lane(boolean staff, Position position) {
        keys.add(Keys.conversation(owner.conversation()));
        keys.add(staff ? Keys.staffTail(owner.conversation()) : Keys.publicTail(owner.conversation()));
        for (String text : List.of(
                staff ? "1" : "0",
                Integer.toString(position.epoch()),
                Integer.toString(position.seq()),
                staff ? "" : Keys.userRoom(owner.owner()),
                staff ? "" : "to the owner")) {
            lanes.add(text.getBytes(StandardCharsets.UTF_8));
        }
        lanes.add(absent.toByteArray());
        return this;
    }

    String run() {
        List<byte[]> arguments = new ArrayList<>();
        for (String text : List.of(
                Integer.toString(fence),
                Integer.toString(ofEpoch),
                trimBefore,
                Integer.toString(messages),
                Integer.toString(keep),
                Integer.toString(keepBytes),
                "3600",
                Integer.toString(rememberAbsent),
                Keys.adminsRoom(partition),
                "to admins")) {
            arguments.add(text.getBytes(StandardCharsets.UTF_8));
        }
        arguments.addAll(lanes);
        byte[] answer = rig.redis.evalsha(
                Script.MARK.sha1(),
                ScriptOutputType.VALUE,
                keys.toArray(String[]::new),
                arguments.toArray(byte[][]::new));
        return new String(answer, StandardCharsets.UTF_8);
    }
}

package dev.switchboard.wire;

import io.lettuce.core.ScriptOutputType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** One call of the restore script about one conversation, with nothing in MySQL unless a test says otherwise. */
final class RestoreCall {
    static final String PASS = "pass";

    int fence = 1;
    String pass = PASS;
    boolean settling;
    int status;
    Position setAt = Position.START;
    Position publicHead = Position.START;
    Position staffHead = Position.START;
    Position ownerRead = Position.START;
    Position staffRead = Position.START;
    int lastOwnerSeq;
    int lastAdminSeq;
    private final ScriptRig rig;
    private final ScriptRig.Speaker owner;

    RestoreCall(ScriptRig rig, ScriptRig.Speaker owner) {
        this.rig = rig;
        this.owner = owner;
    }

    RestoreCall publicUpTo(int epoch, int seq) {
        publicHead = new Position(epoch, seq);
        return this;
    }

    RestoreCall staffUpTo(int epoch, int seq) {
        staffHead = new Position(epoch, seq);
        return this;
    }

    /**
     * What a worker's prepare call is answered.
     *
     * @param stored the highest epoch that MySQL holds
     */
    static int prepare(ScriptRig rig, ScriptRig.Speaker stored, int fence, String pass, boolean compared) {
        return rig.number(
                Script.PREPARE,
                List.of(Keys.partition(stored.conversation().partition())),
                Integer.toString(stored.epoch()),
                Integer.toString(fence),
                pass,
                compared ? "1" : "0");
    }

    String run() {
        ConversationId id = owner.conversation();
        Partition partition = id.partition();
        List<byte[]> arguments = new ArrayList<>(bytes(fence, pass, Keys.adminsRoom(partition), settling ? "1" : "0"));
        arguments.add(id.bytes());
        arguments.addAll(bytes(owner.owner(), status));
        List.of(setAt, publicHead, staffHead, ownerRead, staffRead)
                .forEach(position -> arguments.addAll(
                        bytes(Integer.toUnsignedString(position.epoch()), Integer.toUnsignedString(position.seq()))));
        arguments.addAll(bytes(
                lastOwnerSeq,
                lastAdminSeq,
                "1700000000123",
                "1700000000456",
                Keys.userRoom(owner.owner()),
                "mark of the owner",
                "mark of staff"));
        byte[] answer = rig.redis.evalsha(
                Script.RESTORE.sha1(),
                ScriptOutputType.VALUE,
                new String[] {
                    Keys.partition(partition),
                    Keys.log(partition),
                    Keys.open(partition),
                    Keys.conversation(id),
                    Keys.publicTail(id),
                    Keys.staffTail(id),
                    Keys.openOf(owner.owner())
                },
                arguments.toArray(byte[][]::new));
        return new String(answer, StandardCharsets.UTF_8);
    }

    private static List<byte[]> bytes(Object... values) {
        return Arrays.stream(values)
                .map(value -> value.toString().getBytes(StandardCharsets.UTF_8))
                .toList();
    }
}

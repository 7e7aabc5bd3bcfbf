package dev.switchboard.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lettuce.core.ScriptOutputType;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a conversation in a real Redis remembers of positions at which no message stands. */
class AbsentScriptIT extends OneOwnerScripts {
    @Test
    void remembersTheNewestPositionsWithoutAMessage() {
        say(5);
        MarkCall mark = marked(3, absent(2, false), absent(3, true));
        mark.rememberAbsent = 3;
        assertEquals("ok", mark.run());
        assertEquals("ok", mark.run());
        assertEquals(List.of("2 void", "3 dead"), rememberedAbsent("va"));

        MarkCall more = marked(5, absent(4, true), absent(5, false));
        more.rememberAbsent = 3;
        assertEquals("ok", more.run());
        assertEquals(List.of("3 dead", "4 dead", "5 void"), rememberedAbsent("va"));
        assertEquals(List.of(), rememberedAbsent("na"));
    }

    @Test
    void forgetsAPositionThatGotItsMessage() {
        say(3);
        marked(3, absent(2, true), absent(3, true)).run();
        assertEquals(1, replayed(2));
        assertEquals(0, replayed(2));
        assertEquals(List.of("3 dead"), rememberedAbsent("va"));
        assertEquals(0, replayed(1));
    }

    private long replayed(int seq) {
        Long gone = rig.redis.evalsha(
                Script.REPLAYED.sha1(),
                ScriptOutputType.INTEGER,
                new String[] {Keys.conversation(ana.conversation())},
                "0".getBytes(StandardCharsets.UTF_8),
                Arrays.copyOfRange(absent(seq, true), 1, AbsentPositions.BYTES));
        return gone == null ? -1 : gone;
    }

    private MarkCall marked(int seq, byte[]... absent) {
        MarkCall mark = new MarkCall(rig, ana);
        for (byte[] one : absent) {
            mark.absent.writeBytes(one);
        }
        return mark.lane(false, new Position(epoch, seq));
    }

    private byte[] absent(int seq, boolean dead) {
        ByteBuffer bytes = ByteBuffer.allocate(AbsentPositions.BYTES);
        AbsentPositions.write(bytes, new Position(epoch, seq), dead);
        return bytes.array();
    }

    private List<String> rememberedAbsent(String field) {
        byte[] packed = rig.redis.hget(Keys.conversation(ana.conversation()), field);
        return packed == null
                ? List.of()
                : AbsentPositions.read(packed).stream()
                        .map(one -> one.position().seq() + (one.dead() ? " dead" : " void"))
                        .toList();
    }
}

package dev.switchboard.gateway.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.switchboard.wire.Position;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class ReadStateTest {
    private static final Position HEAD = new Position(9, 20);

    @Test
    void countsBehindTheMarkOrTheOwnLastMessage() {
        ReadState reads = new ReadState(new Position(9, 5), new Position(9, 12), 8, 10, Position.START, 1);
        assertEquals(12, reads.unread(HEAD, false), "the owner spoke last at 8");
        assertEquals(8, reads.unread(HEAD, true), "staff has read up to 12");
    }

    @Test
    void countsAMarkOfTheEpochBeforeAsFarAsThatSurvived() {
        ReadState reads = new ReadState(new Position(8, 19), Position.START, 0, 0, new Position(8, 15), 1);
        assertEquals(5, reads.unread(HEAD, false));
        assertEquals(20, reads.unread(HEAD, true));
    }

    @Test
    void neverCountsLessThanNothing() {
        ReadState reads = new ReadState(new Position(9, 30), Position.START, 0, 25, Position.START, 1);
        assertEquals(0, reads.unread(HEAD, false));
        assertEquals(0, reads.unread(HEAD, true));
    }

    @Test
    void readsWhatTheScriptsPack() {
        ByteBuffer packed = ByteBuffer.allocate(40).order(ByteOrder.LITTLE_ENDIAN);
        for (int number = 1; number <= 8; number++) {
            packed.putInt(number);
        }
        packed.putLong(9);
        assertEquals(
                new ReadState(new Position(1, 2), new Position(3, 4), 5, 6, new Position(7, 8), 9),
                ReadState.of(packed.array()));
        assertEquals(ReadState.NONE, ReadState.of(new byte[0]));
    }
}

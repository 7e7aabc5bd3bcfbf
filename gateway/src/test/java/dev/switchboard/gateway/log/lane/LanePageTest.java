package dev.switchboard.gateway.log.lane;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.switchboard.gateway.log.ReadState;
import dev.switchboard.wire.Position;
import java.util.List;
import org.junit.jupiter.api.Test;

class LanePageTest {
    private static LanePage page(Position head, Position stored) {
        return new LanePage("ana", 0, head, stored, ReadState.NONE, 1, false, List.of());
    }

    /** What was said between the two readings is in neither, so that the head of the second would vouch for it wrongly. */
    @Test
    void twoPagesReachAsFarAsTheFirstThatWasRead() {
        LanePage newer = page(new Position(7, 15), new Position(7, 10));
        LanePage older = page(new Position(7, 16), new Position(7, 12));
        LanePage both = older.before(newer);
        assertEquals(new Position(7, 15), both.head());
        assertEquals(new Position(7, 12), both.stored());
    }
}

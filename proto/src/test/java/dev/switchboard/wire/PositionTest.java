package dev.switchboard.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PositionTest {
    @Test
    void comparesTheEpochFirstAndBothUnsigned() {
        List<Position> inOrder = List.of(
                Position.START,
                new Position(1, 0),
                new Position(1, 9),
                new Position(1, 10),
                new Position(2, 1),
                new Position(2, Integer.MAX_VALUE),
                new Position(2, Integer.MIN_VALUE),
                new Position(2, -1),
                new Position(Integer.MAX_VALUE, 5),
                new Position(Integer.MIN_VALUE, 1),
                new Position(-1, 1));
        List<Position> shuffled = new ArrayList<>(inOrder);
        Collections.shuffle(shuffled, new Random(1));
        Collections.sort(shuffled);

        assertEquals(inOrder, shuffled);
        assertEquals(0, new Position(3, 4).compareTo(new Position(3, 4)));
    }
}

package dev.switchboard.benchmarks.proof.fleet.client;

import com.google.protobuf.ByteString;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.LanePosition;
import dev.switchboard.wire.Position;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * One lane as one device follows it: puts messages in order, each position once and without holes. Confined to the event loop.
 * Invariant: nothing of a higher epoch is shown before the gateway has said, in an answer to where this lane stands, that nothing
 * before it was lost.
 */
final class FollowedLane {
    /** Frames may overtake each other by this much; a hole that lasts longer is asked for. */
    static final long HOLE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** From one question to the next, as long as something lacks. */
    private static final long ASK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(2_500);
    /** Messages beyond a hole that are kept; what does not fit is asked for again. */
    private static final int HELD_MAX = 1_000;

    private final int number;
    private final ByteString conversation;
    private final Lane lane;
    private final Screen screen;
    private final NavigableMap<Integer, Held> held = new TreeMap<>(Integer::compareUnsigned);
    private Position at = Position.START;
    /** The highest position that was heard of. */
    private Position head = Position.START;
    /** The highest epoch of which is known that it goes on from here. */
    private int provenEpoch;

    private Position asked = Position.START;
    /** When to ask, where something lacks. */
    private long askAt;

    private boolean lacking;
    /** The gateway told of less than what is here: it may have lost its end. */
    private boolean doubted;

    private boolean loading;
    /** Something that came had no room, so that even a whole answer may leave a hole. */
    private boolean dropped;

    /** A message that waits for its turn. */
    record Held(int message, Position position, int how) {}

    FollowedLane(int number, ByteString conversation, Lane lane, Screen screen) {
        this.number = number;
        this.conversation = conversation;
        this.lane = lane;
        this.screen = screen;
    }

    int number() {
        return number;
    }

    ByteString conversation() {
        return conversation;
    }

    Lane lane() {
        return lane;
    }

    Position at() {
        return at;
    }

    /** Loads from history. */
    boolean loading() {
        return loading;
    }

    /** Everything known of is shown. */
    boolean whole() {
        return !loading && !lacking;
    }

    /** A message from anywhere. */
    void place(Held message, long now) {
        if (!loading && message.position().compareTo(at) <= 0) {
            return;
        }
        held.merge(message.position().seq(), message, (a, b) -> a.position().compareTo(b.position()) >= 0 ? a : b);
        while (held.size() > HELD_MAX) {
            dropped = true;
            heard(held.pollLastEntry().getValue().position());
        }
        if (!loading) {
            settle();
            look(now);
        }
    }

    /** A head that nobody asked for. */
    void hint(Position hinted, long now) {
        heard(hinted);
        if (!loading) {
            doubted = hinted.compareTo(at) < 0;
            look(now);
        }
    }

    /** Something should have been heard of this lane: asks how it stands. */
    void doubt(long now) {
        if (!loading) {
            doubted = true;
            look(now);
        }
    }

    /**
     * An answer to where this lane stood.
     *
     * @return false: it is not the whole answer, ask again
     */
    boolean answered(Position answer, boolean complete, long now) {
        if (loading) {
            return true;
        }
        heard(answer);
        doubted = false;
        // A message of the old epoch may have come after the question: whether that one was lost was not answered.
        boolean sameQuestion = at.equals(asked) || at.epoch() == answer.epoch();
        if (sameQuestion) {
            provenEpoch = maxEpoch(provenEpoch, answer.epoch());
        }
        settle();
        boolean whole = complete && sameQuestion && !dropped;
        if (whole && answer.compareTo(at) > 0) {
            // What lacks now was void, or could not be stored.
            while (!held.isEmpty() && held.firstEntry().getValue().position().compareTo(answer) <= 0) {
                show(held.pollFirstEntry().getValue());
            }
            at = answer;
            settle();
        }
        if (whole) {
            // What was told of before and isn't there any more was lost, and no question brings it back.
            head = answer.compareTo(at) > 0 ? answer : at;
        }
        dropped = false;
        lacking = false;
        look(now);
        return whole;
    }

    boolean due(long now) {
        return lacking && !loading && now - askAt >= 0;
    }

    /** Where it stands, for a question that goes out now. */
    LanePosition ask(long now) {
        asked = at;
        askAt = now + ASK_AGAIN_NANOS;
        return LanePosition.newBuilder()
                .setConversation(conversation)
                .setLane(lane)
                .setEpoch(at.epoch())
                .setSeq(at.seq())
                .build();
    }

    /** What it showed is worth nothing any more. False: it is being loaded already. */
    boolean load() {
        if (loading) {
            return false;
        }
        loading = true;
        lacking = false;
        dropped = false;
        doubted = false;
        at = Position.START;
        head = Position.START;
        screen.forget(number);
        return true;
    }

    /** History answered: everything up to {@code to}, and beyond it what has come meanwhile. */
    void loaded(List<Held> messages, Position to, long now) {
        loading = false;
        messages.forEach(this::show);
        at = to;
        provenEpoch = to.epoch();
        settle();
        look(now);
    }

    private void heard(Position position) {
        if (position.compareTo(head) > 0) {
            head = position;
        }
    }

    /** Whether something lacks, and since when. */
    private void look(long now) {
        boolean before = lacking;
        lacking = doubted || !held.isEmpty() || head.compareTo(at) > 0;
        if (lacking && !before) {
            boolean epochRose =
                    !held.isEmpty() && held.firstEntry().getValue().position().epoch() != at.epoch();
            askAt = epochRose ? now : now + HOLE_NANOS;
        }
    }

    /** Shows what has waited for its turn, and drops what came by another way. */
    private void settle() {
        Held next = held.get(at.seq() + 1);
        while (next != null && mayFollow(next.position())) {
            held.remove(next.position().seq());
            show(next);
            next = held.get(at.seq() + 1);
        }
        held.values().removeIf(one -> one.position().compareTo(at) <= 0);
    }

    private void show(Held message) {
        at = message.position();
        screen.show(number, message.message(), message.position(), message.how());
    }

    private boolean mayFollow(Position position) {
        boolean begins = at.seq() == 0;
        boolean proven = Integer.compareUnsigned(position.epoch(), provenEpoch) <= 0;
        return position.compareTo(at) > 0 && (begins || position.epoch() == at.epoch() || proven);
    }

    private static int maxEpoch(int a, int b) {
        return Integer.compareUnsigned(a, b) >= 0 ? a : b;
    }
}

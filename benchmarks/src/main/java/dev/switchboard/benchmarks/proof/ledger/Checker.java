package dev.switchboard.benchmarks.proof.ledger;

import dev.switchboard.benchmarks.proof.report.RowResult;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.wire.Position;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Judges one run by the invariants I1 to I6, when everything has come to rest. One thread. Invariant: it believes nobody; what
 * devices say is held against the database, and history against both.
 */
public final class Checker {
    private final Replay replay;
    private final DatabaseLedger database;
    private final Map<MessageKey, List<DatabaseLedger.Row>> rowsOfMessage = new HashMap<>();
    private final Map<LaneKey, List<DatabaseLedger.Row>> rowsOfLane = new HashMap<>();
    private final Map<LaneKey, String> owners = new HashMap<>();
    private final Set<MessageKey> dead = new HashSet<>();
    private final Set<Spot> explained = new HashSet<>();

    /** A position of a lane. */
    private record Spot(LaneKey lane, Position position) {}

    public Checker(Ledger ledger, DatabaseLedger database) {
        this.replay = new Replay(ledger, database);
        this.database = database;
        for (DatabaseLedger.Row row : database.rows()) {
            rowsOfMessage
                    .computeIfAbsent(row.message(), message -> new ArrayList<>(1))
                    .add(row);
            rowsOfLane.computeIfAbsent(row.lane(), lane -> new ArrayList<>()).add(row);
            owners.put(row.lane(), row.owner());
        }
        rowsOfLane.values().forEach(rows -> rows.sort((a, b) -> a.position().compareTo(b.position())));
        for (DatabaseLedger.Row letter : database.deadLetters()) {
            dead.add(letter.message());
            explained.add(new Spot(letter.lane(), letter.position()));
        }
        explainVoids();
    }

    /** All of them, in order. */
    public List<RowResult.Check> checks() {
        return List.of(
                acceptedIsStored(), onceOnly(), inOrder(), completeEverywhere(), refusedIsAbsent(), withoutHoles());
    }

    /** I1. */
    public RowResult.Check acceptedIsStored() {
        Findings findings = new Findings();
        long accepted = 0;
        for (int i = 0; i < replay.fates().size(); i++) {
            Fate fate = replay.fates().get(i);
            MessageKey message = replay.message(i);
            accepted += fate.accepted() ? 1 : 0;
            boolean kept = rowsOfMessage.containsKey(message) || dead.contains(message);
            if (!kept && fate.accepted()) {
                Fate.Place place = fate.places().get(fate.places().size() - 1);
                findings.add(message + ", accepted in " + replay.place(place.lane(), place.position()));
            } else if (!kept && fate.saidStored()) {
                findings.add(message + ", said to be stored");
            }
        }
        return findings.check("I1", "accepted but not in the database: none", accepted + " accepted", 0);
    }

    /** I2. Two positions for one message are a fault as well, unless the epoch rose between them or the later one is void. */
    public RowResult.Check onceOnly() {
        Findings findings = new Findings();
        rowsOfMessage.forEach((message, rows) -> {
            if (rows.size() > 1) {
                findings.add(message + " has " + rows.size() + " rows");
            }
        });
        for (int device = 0; device < replay.devices().size(); device++) {
            String name = replay.devices().get(device).name();
            replay.views(device)
                    .forEach((lane, view) -> view.twice()
                            .forEach(shown -> findings.add(name + " shows " + replay.message(shown.message())
                                    + " twice, " + replay.place(lane, shown.position()))));
        }
        for (int i = 0; i < replay.fates().size(); i++) {
            twoPlaces(i, findings);
        }
        return findings.check(
                "I2",
                "more than one row, shown twice, or accepted at two places: none",
                database.rows().size() + " rows",
                0);
    }

    /** I3, and what is said of the order of first tries. */
    public RowResult.Check inOrder() {
        Findings findings = new Findings();
        long compared = 0;
        for (int device = 0; device < replay.devices().size(); device++) {
            String name = replay.devices().get(device).name();
            for (Map.Entry<Integer, View> entry : replay.views(device).entrySet()) {
                compared += entry.getValue().shown().size();
                inOrder(name, entry.getKey(), entry.getValue(), findings);
            }
        }
        for (SendOrder.Overtaken one : replay.overtaken()) {
            findings.add(replay.message(one.later()) + ", sent after " + replay.message(one.earlier())
                    + ", was accepted before it, which is " + replay.place(one.lane(), one.position()));
        }
        return findings.check(
                "I3",
                "shown out of order, not where history has it, or accepted not as sent: none",
                compared + " shown",
                0);
    }

    /** I4. */
    public RowResult.Check completeEverywhere() {
        Findings findings = new Findings();
        Completeness completeness = new Completeness(replay, this::expected, this::isDead, findings);
        historyIsStored(findings);
        for (Event event : replay.altered()) {
            findings.add(replay.devices().get(event.device()).name() + " got " + replay.message(event.message())
                    + " with another text");
        }
        long compared = 0;
        for (int device = 0; device < replay.devices().size(); device++) {
            for (int lane = 0; lane < replay.laneCount(); lane++) {
                if (owes(device, lane)) {
                    completeness.compare(device, lane);
                    compared++;
                } else if (mustNotSee(device, lane)) {
                    findings.add(
                            replay.devices().get(device).name() + " sees what is not for them, " + replay.lane(lane));
                }
            }
        }
        return findings.check(
                "I4",
                "devices whose live and resumed messages differ from history: none",
                compared + " lanes compared",
                0);
    }

    /** I5. */
    public RowResult.Check refusedIsAbsent() {
        Set<Integer> seen = new HashSet<>();
        for (int device = 0; device < replay.devices().size(); device++) {
            replay.views(device).values().forEach(view -> view.shown().forEach(shown -> seen.add(shown.message())));
        }
        Findings findings = new Findings();
        long refused = 0;
        for (int i = 0; i < replay.fates().size(); i++) {
            if (!replay.fates().get(i).certainlyRefused()) {
                continue;
            }
            refused++;
            MessageKey message = replay.message(i);
            if (rowsOfMessage.containsKey(message)) {
                findings.add(message + " has a row");
            } else if (seen.contains(i)) {
                findings.add(message + " was shown");
            }
        }
        return findings.check("I5", "refused for certain and yet there: none", refused + " refused for certain", 0);
    }

    /** I6. */
    public RowResult.Check withoutHoles() {
        Findings findings = new Findings();
        long holes = 0;
        for (Map.Entry<LaneKey, List<DatabaseLedger.Row>> lane : rowsOfLane.entrySet()) {
            Position before = Position.START;
            // Of all epochs before the present one.
            int highest = 0;
            for (DatabaseLedger.Row row : lane.getValue()) {
                boolean rose = row.position().epoch() != before.epoch();
                highest = rose && Integer.compareUnsigned(before.seq(), highest) > 0 ? before.seq() : highest;
                // Where two epochs went on from the same place, the one after both goes on behind the longer one.
                int next = (rose ? highest : before.seq()) + 1;
                // After the epoch rose numbers go on where the log ended, which may be before what was stored last.
                for (int seq = next; Integer.compareUnsigned(seq, row.position().seq()) < 0; seq++) {
                    holes++;
                    if (!isExplained(
                            lane.getKey(), before.epoch(), row.position().epoch(), seq)) {
                        findings.add(lane.getKey() + " lacks " + Integer.toUnsignedString(seq));
                    }
                }
                before = row.position();
            }
        }
        return findings.check(
                "I6",
                "positions without a row and without a reason: none",
                holes + " holes in all",
                database.unreadable());
    }

    /** Messages that were accepted at some place and stand at another: the doubled place is void. */
    private void explainVoids() {
        for (int i = 0; i < replay.fates().size(); i++) {
            for (Fate.Place place : replay.fates().get(i).places()) {
                explainVoid(i, place.lane(), place.position());
            }
        }
        replay.elsewhere().forEach(event -> explainVoid(event.message(), event.lane(), event.position()));
    }

    private void explainVoid(int message, int lane, Position position) {
        LaneKey key = replay.lane(lane);
        List<DatabaseLedger.Row> rows = rowsOfMessage.getOrDefault(replay.message(message), List.of());
        // A later row would be another matter: what a fail-over lost was accepted anew.
        boolean stoodBefore = rows.stream()
                .anyMatch(row -> !row.lane().equals(key) || row.position().compareTo(position) < 0);
        if (stoodBefore && rows.stream().noneMatch(row -> row.position().equals(position))) {
            explained.add(new Spot(key, position));
        }
    }

    private boolean isExplained(LaneKey lane, int fromEpoch, int toEpoch, int seq) {
        return explained.stream()
                .anyMatch(spot -> spot.lane().equals(lane)
                        && spot.position().seq() == seq
                        && Integer.compareUnsigned(spot.position().epoch(), fromEpoch) >= 0
                        && Integer.compareUnsigned(spot.position().epoch(), toEpoch) <= 0);
    }

    private void twoPlaces(int message, Findings findings) {
        Fate.@Nullable Place first = null;
        for (Fate.Place place : replay.fates().get(message).places()) {
            boolean isVoid = explained.contains(new Spot(replay.lane(place.lane()), place.position()));
            if (first == null) {
                first = place;
            } else if (place.position().epoch() == first.position().epoch()
                    && (place.lane() != first.lane() || !place.position().equals(first.position()))
                    && !isVoid) {
                findings.add(replay.message(message) + " accepted in " + replay.place(first.lane(), first.position())
                        + " and in " + replay.place(place.lane(), place.position()));
                return;
            }
        }
    }

    private void inOrder(String device, int lane, View view, Findings findings) {
        Position before = Position.START;
        for (View.Shown shown : view.shown()) {
            if (shown.position().compareTo(before) <= 0) {
                findings.add(device + " shows " + replay.message(shown.message()) + " after what comes later, "
                        + replay.place(lane, shown.position()));
            }
            before = shown.position();
            List<DatabaseLedger.Row> rows = rowsOfMessage.getOrDefault(replay.message(shown.message()), List.of());
            boolean there = rows.stream()
                    .anyMatch(row -> row.lane().equals(replay.lane(lane))
                            && row.position().equals(shown.position()));
            if (!rows.isEmpty() && !there) {
                findings.add(device + " shows " + replay.message(shown.message()) + " in "
                        + replay.place(lane, shown.position()) + ", history has it elsewhere");
            }
        }
    }

    private boolean owes(int device, int lane) {
        Device who = replay.devices().get(device);
        LaneKey key = replay.lane(lane);
        return switch (who.follows()) {
            case ALL -> true;
            case NAMED -> replay.names(device, lane);
            case OWN -> key.lane() == Lane.PUBLIC && who.user().equals(owner(key));
            case NOTHING -> false;
        };
    }

    private boolean mustNotSee(int device, int lane) {
        View view = replay.views(device).get(lane);
        Device who = replay.devices().get(device);
        return who.follows() == Device.Follows.OWN
                && view != null
                && !view.shown().isEmpty();
    }

    private @Nullable String owner(LaneKey lane) {
        return owners.get(lane);
    }

    /** What a lane holds: by history where it was asked, by the database otherwise. */
    private List<View.Shown> expected(int lane) {
        View view = replay.history().get(lane);
        // What could not be stored may stand in Redis for a while.
        return view == null
                ? stored(lane)
                : view.shown().stream().filter(one -> !isDead(one.message())).toList();
    }

    private boolean isDead(int message) {
        return dead.contains(replay.message(message));
    }

    private List<View.Shown> stored(int lane) {
        List<View.Shown> rows = new ArrayList<>();
        for (DatabaseLedger.Row row : rowsOfLane.getOrDefault(replay.lane(lane), List.of())) {
            rows.add(new View.Shown(replay.numberOf(row.message()), row.position()));
        }
        return rows;
    }

    private void historyIsStored(Findings findings) {
        for (int lane : replay.history().keySet()) {
            List<View.Shown> said = expected(lane);
            List<View.Shown> stored = stored(lane);
            if (!said.equals(stored)) {
                findings.add("history has %d and the database %d messages in %s, or others"
                        .formatted(said.size(), stored.size(), replay.lane(lane)));
            }
        }
    }
}

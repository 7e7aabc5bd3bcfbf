package dev.switchboard.benchmarks.proof.sabotage;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The ways in which a system like this one typically breaks its promise, each with the row of the proof that must notice. */
public enum Sabotage {
    /** What a worker has read goes from the log, and its cursor moves on, before the rows are there. */
    CURSOR_BEFORE_ROWS(
            Symptom.of("F15", "I1", "accepted in"),
            Edit.worker("store/MessageStore.java", "        for (Unreadable letter : batch.unreadable()) {", """
                            cursors.advance(batch.slices());
                            connection.commit();
                            for (Unreadable letter : batch.unreadable()) {\
                    """),
            Edit.worker(
                    "batch/BatchRun.java",
                    "        boolean epochChanged = settle(log.mark(batch, committed.absent()));\n",
                    ""),
            Edit.worker("batch/BatchRun.java", "        Committed committed = store.commit(batch);", """
                            boolean epochChanged = settle(log.mark(batch, java.util.List.of()));
                            Committed committed = store.commit(batch);\
                    """)),

    /** What can't be appended is shown all the same: PUBLISH works where XADD is refused. */
    PUBLISH_OUTSIDE_SCRIPT(
            Symptom.of("F08", "I4", "shows what history lacks"),
            Edit.script("append", "#!lua\n-- Accepts", "-- Accepts"),
            Edit.script("append", "  -- Dedupe has a bounded memory", """
                      do
                        local a = at + 3
                        for g = 1, block.groups do
                          local room, many, shown = ARGV[a], tonumber(ARGV[a + 8]), {}
                          local head = tonumber(call('HGET', KEYS[block.key + 1 + g * 4], 's') or 0)
                          a = a + 9
                          for m = 1, many do
                            shown[m] = ARGV[a + 2] .. pack('<BI4', 117, head + m) .. stamp
                            a = a + 3
                          end
                          if room ~= '' then call('SPUBLISH', room, table.concat(shown)) end
                        end
                      end

                      -- Dedupe has a bounded memory\
                    """),
            Edit.script("append", "for _, p in ipairs(publish) do call('SPUBLISH', p[1], p[2]) end", "")),

    /** The log forgets its oldest entries, stored or not. */
    TRIM_BY_LENGTH(
            Symptom.of("F17", "I1", "accepted in"),
            Edit.script(
                    "append",
                    "call('XADD', log, '*', 'e', entry)",
                    "call('XADD', log, 'MAXLEN', 20, '*', 'e', entry)")),

    /** Whoever sends is told that it was accepted, whatever becomes of it. */
    ACK_BEFORE_APPEND(
            Symptom.of("F04", "I1", "accepted in"),
            Edit.gateway("log/Append.java", "    ConversationId target() {", """
                        boolean opens() {
                            return conversation == null;
                        }

                        ConversationId target() {\
                    """),
            // The first message of a conversation decides its name, which nobody can foresee.
            Edit.gateway(
                    "log/LoopLog.java", "        append.dueBy(System.nanoTime() + limits.timeout().toNanos());", """
                            append.dueBy(System.nanoTime() + limits.timeout().toNanos());
                            if (!append.opens()) {
                                append.answer(new AppendAnswer.Accepted(
                                        append.target(),
                                        append.messageId,
                                        new dev.switchboard.wire.Position(redis.epoch(append.partition), 0),
                                        System.currentTimeMillis(),
                                        false));
                            }\
                    """)),

    /** A retry is another message. */
    DEDUPE_OFF(
            Symptom.of("F21", "pairs", ", [1-9]\\d* with different ones"),
            Edit.script(
                    "append", "local earlier = known[index] or before[index] or seen[field]", "local earlier = nil")),

    /** After a fail-over numbers are given out again, and nobody can tell the old ones from the new. */
    IGNORE_EPOCH(
            Symptom.of("F12", "I3", "history has it elsewhere"),
            Edit.script("append", "if replid ~= meta[2] or epoch", "if epoch"),
            Edit.script("epoch", "if replid == meta[2] and epoch >=", "if epoch >="),
            Edit.script("prepare", "(epoch < floor or replid ~= meta[2])", "epoch < floor")),

    /** A gateway that was cut off goes on as if nothing had been said meanwhile. */
    SKIP_CATCH_UP(
            Symptom.of("F09", "I4", "lacks"),
            Edit.gateway("api/ws/Hints.java", "    public void afterGap(Optional<Partition> partition) {", """
                        public void afterGap(Optional<Partition> partition) {
                            if (parts != null) return;\
                    """),
            Edit.gateway("api/ws/Hints.java", "    private void tick() {", """
                        private void tick() {
                            if (parts != null) return;\
                    """)),

    /** Frames for whoever does not read are thrown away. */
    DROP_ON_SLOW_CONSUMER(
            Symptom.of("F19", "who does not read", "never"),
            Edit.gateway("session/Session.java", """
                            if (!outbound.write(frame)) {
                                close(Disconnect.SLOW_CONSUMER);
                            }
                    """, "        outbound.write(frame);\n"),
            Edit.gateway(
                    "session/Session.java",
                    "        if (pace.unwritable(channel.isWritable()) > limits.unwritableMax().toNanos()) {",
                    "        if (pace.unwritable(channel.isWritable()) < 0) {"));

    private static final String ALL = "all";

    @SuppressWarnings("ImmutableEnumChecker") // A record of strings and a pattern is.
    private final Symptom symptom;

    @SuppressWarnings("ImmutableEnumChecker") // List.of is.
    private final List<Edit> edits;

    Sabotage(Symptom symptom, Edit... edits) {
        this.symptom = symptom;
        this.edits = List.of(edits);
    }

    /** By their names as the command takes them, or {@code all}. Throws {@link IllegalArgumentException} for a name nobody has. */
    public static List<Sabotage> named(List<String> names) {
        if (names.equals(List.of(ALL))) {
            return List.of(values());
        }
        List<Sabotage> named = new ArrayList<>();
        for (String name : names) {
            named.add(Arrays.stream(values())
                    .filter(one -> one.label().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("no sabotage " + name + "; there are "
                            + Arrays.stream(values()).map(Sabotage::label).toList() + " and " + ALL)));
        }
        return named;
    }

    /** Such as {@code dedupe-off}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** How it must show. */
    Symptom symptom() {
        return symptom;
    }

    List<Edit> edits() {
        return edits;
    }
}

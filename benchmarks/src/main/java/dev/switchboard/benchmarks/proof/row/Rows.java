package dev.switchboard.benchmarks.proof.row;

import dev.switchboard.benchmarks.proof.Row;
import java.util.ArrayList;
import java.util.List;

/** Every row there is, in the order in which they run. Immutable. */
public final class Rows {
    private static final List<Row> ALL =
            List.of(new GatewayKilled(), new RedisKilled(), new RedisLinkCut(), new SentThroughBoth());

    private Rows() {}

    public static List<Row> all() {
        return ALL;
    }

    /** Those rows in their order here; all if none is named. Throws {@link IllegalArgumentException} for a name nobody has. */
    public static List<Row> named(List<String> ids) {
        if (ids.isEmpty()) {
            return ALL;
        }
        List<String> unknown = new ArrayList<>(ids);
        ALL.forEach(row -> unknown.remove(row.id()));
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException("no row " + String.join(", ", unknown) + "; there are "
                    + ALL.stream().map(Row::id).toList());
        }
        return ALL.stream().filter(row -> ids.contains(row.id())).toList();
    }
}

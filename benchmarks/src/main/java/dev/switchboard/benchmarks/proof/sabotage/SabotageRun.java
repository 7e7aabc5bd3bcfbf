package dev.switchboard.benchmarks.proof.sabotage;

import dev.switchboard.benchmarks.proof.Machine;
import dev.switchboard.benchmarks.proof.ProofOptions;
import dev.switchboard.benchmarks.proof.ProofRun;
import dev.switchboard.benchmarks.proof.Row;
import dev.switchboard.benchmarks.proof.Sites;
import dev.switchboard.benchmarks.proof.report.RowResult;
import dev.switchboard.benchmarks.proof.report.RowResult.Check;
import dev.switchboard.benchmarks.proof.row.Rows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

/** Runs for each sabotage the row that must notice it, on a site of sabotaged programs, and tells whether it did. One thread. */
public final class SabotageRun {
    private static final int FOUND_LENGTH_MAX = 200;

    private final ProofOptions options;
    private final Consumer<String> out;

    public SabotageRun(ProofOptions options, Consumer<String> out) {
        this.options = options;
        this.out = out;
    }

    /** Returns how many were not caught. Throws {@link IllegalArgumentException}, before it begins, if a row is missing. */
    public int run(List<Sabotage> sabotages) throws IOException {
        sabotages.forEach(SabotageRun::row);
        List<String> verdicts = new ArrayList<>();
        int missed = 0;
        for (Sabotage sabotage : sabotages) {
            RowResult result = run(sabotage);
            Optional<Check> caught = sabotage.symptom().in(result);
            verdicts.add(verdict(sabotage, result, caught));
            missed += caught.isPresent() ? 0 : 1;
        }
        verdicts.forEach(out);
        return missed;
    }

    private RowResult run(Sabotage sabotage) throws IOException {
        Row row = row(sabotage);
        Path dir = options.dir().resolve(sabotage.label());
        Path classes = dir.resolve("classes");
        SabotagedBuild.make(sabotage, Machine.workingTree(), classes);
        out.accept("sabotage " + sabotage.label() + ", to be noticed by " + row.id());
        try (Sites sites = Sites.sabotaged(dir, classes)) {
            Thread stop = new Thread(sites::close, "stop-sabotaged");
            Runtime.getRuntime().addShutdownHook(stop);
            return new ProofRun(options.in(dir), sites, out).run(row);
        }
    }

    private static Row row(Sabotage sabotage) {
        return Rows.named(List.of(sabotage.symptom().row())).get(0);
    }

    /** Which check noticed it and what that found; or what else became of the row. */
    static String verdict(Sabotage sabotage, RowResult result, Optional<Check> caught) {
        Symptom symptom = sabotage.symptom();
        String found = caught.map(check -> check.id() + ": " + check.found())
                .orElseGet(() -> "expected of %s: %s that says \"%s\"; it %s %s"
                        .formatted(
                                result.id(),
                                symptom.check(),
                                symptom.found(),
                                result.verdict().name().toLowerCase(Locale.ROOT),
                                result.reason()));
        return String.format(
                Locale.ROOT,
                "%-10s %-22s %s  %s",
                caught.isPresent() ? "CAUGHT" : "NOT CAUGHT",
                sabotage.label(),
                result.id(),
                found.length() <= FOUND_LENGTH_MAX ? found : found.substring(0, FOUND_LENGTH_MAX) + "…");
    }
}

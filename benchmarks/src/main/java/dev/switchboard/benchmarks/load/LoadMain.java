package dev.switchboard.benchmarks.load;

import dev.switchboard.local.Steps;
import dev.switchboard.servers.ServerStartException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The load generator: boots a local stack, sends through it, checks every delivery, prints one table. Ends with 0 if every run is
 * good, 1 if one is void, 2 if there was none.
 */
public final class LoadMain {
    private static final int VOID = 1;
    private static final int NOT_RUN = 2;

    private LoadMain() {}

    public static void main(String[] arguments) {
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        System.exit(run(arguments, out));
    }

    /** Returns the exit code. */
    static int run(String[] arguments, PrintStream out) {
        LoadOptions options;
        try {
            options = LoadOptions.parse(arguments);
        } catch (IllegalArgumentException e) {
            out.println("✘ " + e.getMessage());
            return NOT_RUN;
        }
        try (LoadStack stack = LoadStack.start(options, Steps.to(out))) {
            // Ctrl-C: the servers don't hear it and are stopped in order.
            Thread stop = new Thread(stack::close, "stop-load");
            Runtime.getRuntime().addShutdownHook(stop);
            List<String> description = stack.description();
            List<Outcome> outcomes = runAll(stack, options, out::println);
            out.println();
            ResultTable.of(options, description, outcomes).forEach(out::println);
            out.println();
            return outcomes.stream().allMatch(Outcome::good) ? 0 : VOID;
        } catch (ServerStartException | LoadFailedException e) {
            out.println("✘ " + e.getMessage());
            return NOT_RUN;
        }
    }

    private static List<Outcome> runAll(LoadStack stack, LoadOptions options, Consumer<String> progress) {
        List<Outcome> outcomes = new ArrayList<>();
        for (LoadOptions.Mode mode : options.modes()) {
            outcomes.add(new LoadRun(stack, options, mode, progress).run());
        }
        return outcomes;
    }
}

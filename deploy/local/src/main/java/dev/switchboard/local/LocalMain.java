package dev.switchboard.local;

import dev.switchboard.servers.ServerStartException;
import dev.switchboard.settings.Environment;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * The run command: starts a local stack inside the JVM of the build, says where everything is, and stops it in order on Ctrl-C.
 * That JVM's end waits for it, so the prompt comes back when nothing is running any more. The main thread starts, the shutdown
 * hook stops.
 */
public final class LocalMain {
    private static final int TITLE_WIDTH = 12;

    private final Steps steps;
    private final Thread starter = Thread.currentThread();
    /** Counted down when the start has succeeded, or has failed and cleaned up. */
    private final CountDownLatch settled = new CountDownLatch(1);

    private volatile boolean stopping;
    private volatile Optional<LocalStack> running = Optional.empty();

    private LocalMain(Steps steps) {
        this.steps = steps;
    }

    /** Takes the project's directory; everything else comes from the environment, see {@link LocalConfig}. */
    public static void main(String[] arguments) {
        Steps steps = Steps.toTerminal();
        Path project = Path.of(arguments.length > 0 ? arguments[0] : "");
        Environment environment = new Environment(System.getenv());
        LocalConfig config = LocalConfig.from(environment, System.getenv(), project);
        if (!environment.problems().isEmpty()) {
            environment.problems().forEach(steps::failed);
            System.exit(1);
        }
        run(steps, () -> LocalStack.start(config, steps));
    }

    /** Starts a stack and never returns: the JVM ends when the start fails or somebody ends it. */
    static void run(Steps steps, Supplier<LocalStack> start) {
        LocalMain main = new LocalMain(steps);
        Runtime.getRuntime().addShutdownHook(new Thread(main::stop, "stop-local-stack"));
        if (!main.start(start)) {
            System.exit(1);
        }
        // Until the JVM ends, and past the interrupt of the hook: on return the build would go on.
        while (true) {
            LockSupport.park(main);
        }
    }

    private boolean start(Supplier<LocalStack> start) {
        try {
            LocalStack stack = start.get();
            running = Optional.of(stack);
            if (!stopping) {
                describe(stack);
                watch(stack);
            }
            return true;
        } catch (ServerStartException e) {
            if (!stopping) {
                steps.failed(String.valueOf(e.getMessage()));
            }
            // While the JVM ends, a second exit would wait for the hook that waits for us.
            return stopping;
        } finally {
            settled.countDown();
        }
    }

    /** Ctrl-C may come while the stack still starts: that is interrupted, and cleans up after itself. */
    private void stop() {
        stopping = true;
        starter.interrupt();
        try {
            settled.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        running.ifPresent(stack -> {
            // Below the ^C that the terminal shows.
            steps.line("");
            stack.close();
        });
    }

    private void describe(LocalStack stack) {
        steps.line("");
        row("Sign in", stack.signInUrl() + "/");
        List<URI> urls = stack.gatewayUrls();
        for (int i = 0; i < urls.size(); i++) {
            ServiceProcess gateway = stack.gateways().get(i);
            row(gateway.name(), urls.get(i) + "/soporte   metrics " + metrics(gateway));
        }
        for (ServiceProcess worker : stack.workers()) {
            row(worker.name(), "metrics " + metrics(worker));
        }
        row("Logs", stack.logs().toString());
        steps.line("");
        steps.line("Ctrl-C stops everything.");
    }

    /** A process that ends by itself is told; the others go on, as they would in production. */
    private void watch(LocalStack stack) {
        List<ServiceProcess> all = new ArrayList<>(stack.gateways());
        all.addAll(stack.workers());
        for (ServiceProcess process : all) {
            process.onExit().thenRun(() -> {
                if (!stopping) {
                    steps.failed(process.name() + " ended; its log is in " + stack.logs());
                }
            });
        }
    }

    private void row(String name, String value) {
        String title = name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
        steps.line("  " + title + " ".repeat(Math.max(1, TITLE_WIDTH - title.length())) + value);
    }

    private static URI metrics(ServiceProcess process) {
        return process.management().resolve("/metrics");
    }
}

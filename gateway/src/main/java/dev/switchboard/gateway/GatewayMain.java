package dev.switchboard.gateway;

import dev.switchboard.settings.Environment;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;

/**
 * The program. Without arguments it runs until SIGTERM; {@code --check-config} prints what is in effect and ends, {@code revoke}
 * takes access back and ends. Secrets come
 * from the environment or from files, never from arguments, which every user of a machine can read.
 */
public final class GatewayMain {
    static final int FAILED = 1;
    static final int MISCONFIGURED = 2;

    private GatewayMain() {}

    public static void main(String[] arguments) throws InterruptedException {
        // Its own name, so that the worker and the gateway can share a class path. Before the first logger is made.
        if (System.getProperty("logback.configurationFile") == null) {
            System.setProperty("logback.configurationFile", "switchboard/gateway/logback.xml");
        }
        int status = run(arguments, System.getenv(), System.out, System.err);
        if (status != 0) {
            System.exit(status);
        }
    }

    static int run(String[] arguments, Map<String, String> variables, PrintStream out, PrintStream err)
            throws InterruptedException {
        String command = arguments.length == 0 ? "run" : String.join(" ", arguments);
        if (arguments.length > 0 && arguments[0].equals("revoke")) {
            return RevokeCommand.run(
                    List.of(arguments).subList(1, arguments.length), new Environment(variables), out, err);
        }
        if (!List.of("run", "--check-config").contains(command)) {
            err.println("Commands: none to run, --check-config, " + RevokeCommand.USAGE
                    + ". Settings are environment variables.");
            return MISCONFIGURED;
        }
        Environment environment = new Environment(variables);
        GatewayConfig config = GatewayConfig.from(environment);
        if (!environment.problems().isEmpty()) {
            environment.problems().forEach(err::println);
            return MISCONFIGURED;
        }
        if (command.equals("--check-config")) {
            environment.effective().forEach((name, value) -> out.println(name + "=" + value));
            return 0;
        }
        return runUntilTerminated(config, err);
    }

    private static int runUntilTerminated(GatewayConfig config, PrintStream err) throws InterruptedException {
        Gateway gateway;
        try {
            gateway = Gateway.start(config);
        } catch (IOException e) {
            err.println(e.getMessage());
            return FAILED;
        }
        Runtime.getRuntime().addShutdownHook(new Thread(gateway::close, "shutdown"));
        try {
            List<String> misconfigured = gateway.misconfiguration().get();
            if (!misconfigured.isEmpty()) {
                misconfigured.forEach(err::println);
                err.println("deploy/OPERATIONS.md tells how Redis must be set up.");
                return FAILED;
            }
        } catch (ExecutionException e) {
            throw new AssertionError("never completed exceptionally", e);
        }
        // All threads are daemons: this one keeps the process, until a signal runs the hook.
        new CountDownLatch(1).await();
        return 0;
    }
}

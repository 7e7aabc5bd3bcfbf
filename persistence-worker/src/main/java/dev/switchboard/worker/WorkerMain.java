package dev.switchboard.worker;

import dev.switchboard.settings.Environment;
import dev.switchboard.worker.letters.DeadLettersCommand;
import dev.switchboard.worker.letters.LettersRequest;
import dev.switchboard.worker.ops.StartRefusedException;
import dev.switchboard.worker.store.Migrations;
import java.io.IOException;
import java.io.PrintStream;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The program. Without arguments it runs until SIGTERM; {@code migrate} brings the tables up to date and ends;
 * {@code dead-letters} looks after what could not be stored; {@code --check-config} prints what is in effect and ends. Secrets come from the environment or from files, never from
 * arguments, which every user of a machine can read.
 */
public final class WorkerMain {
    static final int FAILED = 1;
    static final int MISCONFIGURED = 2;

    private WorkerMain() {}

    public static void main(String[] arguments) throws InterruptedException {
        // Its own name, so that the worker and the gateway can share a class path. Before the first logger is made.
        if (System.getProperty("logback.configurationFile") == null) {
            System.setProperty("logback.configurationFile", "switchboard/worker/logback.xml");
        }
        if (isDeadLetters(arguments)) {
            // What it prints is for a person or a pipe.
            System.setProperty("switchboard.log.target", "System.err");
        }
        int status = run(arguments, System.getenv(), System.out, System.err);
        if (status != 0) {
            System.exit(status);
        }
    }

    static int run(String[] arguments, Map<String, String> variables, PrintStream out, PrintStream err)
            throws InterruptedException {
        String command = arguments.length == 0 ? "run" : String.join(" ", arguments);
        Environment environment = new Environment(variables);
        try {
            if (isDeadLetters(arguments)) {
                return deadLetters(List.of(arguments).subList(1, arguments.length), environment, out);
            }
            switch (command) {
                case "run" -> {
                    return runUntilTerminated(WorkerConfig.from(environment), err);
                }
                case "migrate" -> {
                    WorkerConfig.Migration migration = WorkerConfig.migrationFrom(environment);
                    int ran = Migrations.run(migration.address(), migration.credentials());
                    out.println("migrations=" + ran);
                    return 0;
                }
                case "--check-config" -> {
                    WorkerConfig.from(environment);
                    environment.effective().forEach((name, value) -> out.println(name + "=" + value));
                    return 0;
                }
                default -> {
                    err.println("Commands: none to run, migrate, dead-letters, --check-config. Settings are environment"
                            + " variables.");
                    return MISCONFIGURED;
                }
            }
        } catch (InvalidConfigException | LettersRequest.Misunderstood e) {
            err.println(e.getMessage());
            return MISCONFIGURED;
        } catch (StartRefusedException | IOException e) {
            err.println(e.getMessage());
            return FAILED;
        } catch (SQLException e) {
            err.println("MySQL can't be reached: error " + e.getErrorCode() + ", state " + e.getSQLState());
            return FAILED;
        }
    }

    private static boolean isDeadLetters(String... arguments) {
        return arguments.length > 0 && arguments[0].equals("dead-letters");
    }

    private static int deadLetters(List<String> arguments, Environment environment, PrintStream out)
            throws LettersRequest.Misunderstood, SQLException {
        LettersRequest request = LettersRequest.of(arguments, System.getProperty("user.name", "unknown"));
        if (request.action() == LettersRequest.Action.HELP) {
            out.print(LettersRequest.HELP);
            return 0;
        }
        WorkerConfig.Letters config = WorkerConfig.lettersFrom(environment);
        return new DeadLettersCommand(config.database(), config.redis(), out).run(request) ? 0 : FAILED;
    }

    private static int runUntilTerminated(WorkerConfig config, PrintStream err)
            throws IOException, InterruptedException {
        Worker worker = Worker.start(config);
        Runtime.getRuntime().addShutdownHook(new Thread(worker::close, "shutdown"));
        Optional<String> refusal = worker.awaitEnd();
        refusal.ifPresent(err::println);
        return refusal.isPresent() ? FAILED : 0;
    }
}

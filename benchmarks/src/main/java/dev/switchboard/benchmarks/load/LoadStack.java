package dev.switchboard.benchmarks.load;

import dev.switchboard.benchmarks.load.report.CpuMeter;
import dev.switchboard.benchmarks.load.report.DiskProbe;
import dev.switchboard.benchmarks.load.report.StoredRows;
import dev.switchboard.local.LocalConfig;
import dev.switchboard.local.LocalStack;
import dev.switchboard.local.ServiceProcess;
import dev.switchboard.local.Steps;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What is measured: a local stack with two gateways and one worker, everything on, only the limits on senders out of the way. */
final class LoadStack implements AutoCloseable {
    /** Checked for each message like any other limit, and above any load. */
    private static final String RATE_PER_MINUTE = "60000000";

    private static final String RATE_BURST = "1000000";
    private static final int GATEWAYS = 2;

    private final LocalStack stack;
    private final String disk;

    private LoadStack(LocalStack stack, String disk) {
        this.stack = stack;
        this.disk = disk;
    }

    static LoadStack start(LoadOptions options, Steps steps) {
        String connections = Integer.toString(2 * options.crew().users() + 100);
        LocalConfig config = LocalConfig.random(options.dir(), GATEWAYS, 1)
                .with("SWITCHBOARD_RATE_USER_PER_MINUTE", RATE_PER_MINUTE)
                .with("SWITCHBOARD_RATE_USER_BURST", RATE_BURST)
                .with("SWITCHBOARD_CONNECTIONS_PER_ADDRESS_MAX", connections);
        if (!options.jvm().isEmpty()) {
            config = config.with("JDK_JAVA_OPTIONS", options.jvm());
        }
        return new LoadStack(LocalStack.start(config, steps), disk(options.dir()));
    }

    List<URI> gatewayUrls() {
        return stack.gatewayUrls();
    }

    String token(String user, boolean admin) {
        return stack.tokens().issue(user, user, admin);
    }

    StoredRows rows() {
        return new StoredRows(stack.database().orElseThrow());
    }

    /** The processes of one message's way, by the names of the report. */
    CpuMeter cpu() {
        Map<String, List<Long>> processes = new LinkedHashMap<>();
        for (ServiceProcess gateway : stack.gateways()) {
            processes.put(gateway.name(), List.of(gateway.pid()));
        }
        processes.put("Redis", List.of(stack.redis().orElseThrow().pid()));
        processes.put(
                "worker", stack.workers().stream().map(ServiceProcess::pid).toList());
        processes.put("MariaDB", List.of(stack.database().orElseThrow().pid()));
        processes.put("generator", List.of(ProcessHandle.current().pid()));
        return new CpuMeter(processes);
    }

    /** Versions and settings, for the head of the table. */
    List<String> description() {
        List<String> lines = new ArrayList<>();
        lines.add("%d cores, %s %s; Java %s; %s (appendfsync always); %s"
                .formatted(
                        Runtime.getRuntime().availableProcessors(),
                        System.getProperty("os.name"),
                        System.getProperty("os.version"),
                        Runtime.version(),
                        stack.redis().orElseThrow().product(),
                        stack.database().orElseThrow().product()));
        lines.add(disk);
        lines.add("JVM options: gateways " + jvmOptions(stack.gateways().get(0)) + "; worker "
                + jvmOptions(stack.workers().get(0)));
        return lines;
    }

    @Override
    public void close() {
        stack.close();
    }

    /** After the start, which makes sure that the directory is ours. */
    private static String disk(Path dir) {
        try {
            return DiskProbe.measure(dir);
        } catch (IOException e) {
            return "fdatasync not measured: " + e.getMessage();
        }
    }

    /** As the process itself was given them, wherever they come from. */
    private static String jvmOptions(ServiceProcess process) {
        Path file = Path.of("/proc", Long.toString(process.pid()), "cmdline");
        try {
            String[] words = new String(Files.readAllBytes(file), StandardCharsets.UTF_8).split("\0", -1);
            return String.join(
                    " ",
                    Arrays.stream(words)
                            .skip(1)
                            .takeWhile(word -> word.startsWith("-") && !word.equals("-jar") && !word.equals("-cp"))
                            .toList());
        } catch (IOException e) {
            return "unknown";
        }
    }
}

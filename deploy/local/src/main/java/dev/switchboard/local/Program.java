package dev.switchboard.local;

import dev.switchboard.servers.ServerStartException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.List;

/**
 * How one of our programs is started.
 *
 * @param command the program and its arguments; no secrets, every user of the machine can see them
 */
public record Program(List<String> command) {
    private static final String GATEWAY = "dev.switchboard.gateway.GatewayMain";
    private static final String WORKER = "dev.switchboard.worker.WorkerMain";

    public Program {
        command = List.copyOf(command);
    }

    /** The gateway as this build made it, in a JVM with these options. */
    public static Program gateway(List<String> javaOptions) {
        return java(GATEWAY, javaOptions);
    }

    /** The worker as this build made it, in a JVM with these options. */
    public static Program worker(List<String> javaOptions) {
        return java(WORKER, javaOptions);
    }

    private static Program java(String mainClass, List<String> options) {
        Path built = whereBuilt(mainClass);
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        if (Files.isDirectory(built.resolveSibling("lib"))) {
            command.addAll(List.of("-jar", built.toString()));
        } else {
            // From a development environment: classes in folders, nothing packaged.
            command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
        }
        return new Program(command);
    }

    private static Path whereBuilt(String mainClass) {
        try {
            CodeSource source = Class.forName(mainClass, false, Program.class.getClassLoader())
                    .getProtectionDomain()
                    .getCodeSource();
            return Path.of(source.getLocation().toURI());
        } catch (ClassNotFoundException | URISyntaxException e) {
            throw new ServerStartException(mainClass + " was not built", e);
        }
    }
}

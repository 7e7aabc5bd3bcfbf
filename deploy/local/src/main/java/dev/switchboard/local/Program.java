package dev.switchboard.local;

import dev.switchboard.servers.ServerStartException;
import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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
        return java(GATEWAY, javaOptions, List.of());
    }

    /** The same with classes in front that take the place of its own. */
    public static Program gateway(List<String> javaOptions, List<Path> classPath) {
        return java(GATEWAY, javaOptions, classPath);
    }

    /** The worker as this build made it, in a JVM with these options. */
    public static Program worker(List<String> javaOptions) {
        return java(WORKER, javaOptions, List.of());
    }

    /** The same with classes in front that take the place of its own. */
    public static Program worker(List<String> javaOptions, List<Path> classPath) {
        return java(WORKER, javaOptions, classPath);
    }

    /** The same behind another program, which must replace itself by it: a wrapper such as {@code prlimit --nofile=300}. */
    public Program behind(List<String> wrapper) {
        List<String> wrapped = new ArrayList<>(wrapper);
        wrapped.addAll(command);
        return new Program(wrapped);
    }

    private static Program java(String mainClass, List<String> options, List<Path> classPath) {
        Path built = whereBuilt(mainClass);
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        // From a development environment: classes in folders, nothing packaged. Else the jar names its libraries
        // itself.
        boolean packaged = Files.isDirectory(built.resolveSibling("lib"));
        if (packaged && classPath.isEmpty()) {
            command.addAll(List.of("-jar", built.toString()));
        } else {
            String own = packaged ? built.toString() : System.getProperty("java.class.path");
            String all = Stream.concat(classPath.stream().map(Path::toString), Stream.of(own))
                    .collect(Collectors.joining(File.pathSeparator));
            command.addAll(List.of("-cp", all, mainClass));
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

package dev.switchboard.benchmarks.proof.sabotage;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Makes what a sabotaged program finds on its class path before the real classes and scripts. Has no state. */
final class SabotagedBuild {
    private static final String JAVA = "java/";
    private static final String RESOURCES = "resources/";

    private SabotagedBuild() {}

    /**
     * Compiles the edited files, and only these, against the real ones.
     *
     * @param root of the repository
     * @param target belongs in front of a program's class path; what it holds of a sabotage before is deleted
     */
    static void make(Sabotage sabotage, Path root, Path target) throws IOException {
        empty(target);
        Map<String, List<Edit>> byFile = new LinkedHashMap<>();
        for (Edit edit : sabotage.edits()) {
            byFile.computeIfAbsent(edit.path(root).toString(), file -> new ArrayList<>())
                    .add(edit);
        }
        Path sources = Files.createDirectories(target.resolveSibling(target.getFileName() + "-sources"));
        List<Path> toCompile = new ArrayList<>();
        for (List<Edit> edits : byFile.values()) {
            String file = edits.get(0).file();
            boolean java = file.startsWith(JAVA);
            Path copy = java
                    ? sources.resolve(file.substring(JAVA.length()))
                    : target.resolve(file.substring(RESOURCES.length()));
            Files.createDirectories(copy.getParent());
            Files.writeString(copy, Edit.apply(root, edits));
            if (java) {
                toCompile.add(copy);
            }
        }
        if (!toCompile.isEmpty()) {
            compile(toCompile, target);
        }
    }

    private static void empty(Path target) throws IOException {
        if (!Files.exists(target)) {
            return;
        }
        try (Stream<Path> files = Files.walk(target)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static void compile(List<Path> sources, Path target) throws IOException {
        JavaCompiler compiler =
                Objects.requireNonNull(ToolProvider.getSystemJavaCompiler(), "sabotage takes a JDK, this is a JRE");
        StringWriter messages = new StringWriter();
        List<String> options = List.of(
                "-proc:none",
                "-nowarn",
                "-d",
                Files.createDirectories(target).toString(),
                "-classpath",
                System.getProperty("java.class.path"));
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
            Iterable<? extends JavaFileObject> units = files.getJavaFileObjectsFromPaths(sources);
            if (!compiler.getTask(messages, files, null, options, null, units).call()) {
                throw new IllegalStateException("a sabotage does not compile: " + messages);
            }
        }
    }
}

package dev.switchboard.webbuild;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Runs the tests that are written in TypeScript, where deno exists. One thread, the build's. */
public final class WebTest {
    private WebTest() {}

    public static void main(String[] arguments) throws IOException {
        Settings settings = Settings.from(arguments);
        TypeScript typeScript = new TypeScript(settings);
        Optional<Path> deno = typeScript.deno();
        if (deno.isEmpty() || !Files.isDirectory(settings.tests())) {
            System.out.println("Web: no TypeScript tests on this platform");
            return;
        }
        Path bundles = settings.work().resolve("tests");
        Files.createDirectories(bundles);
        List<String> command = new ArrayList<>(
                List.of(deno.get().toString(), "test", "--no-check", "--no-config", "--no-lock", "--allow-env", "-q"));
        try (Stream<Path> files = Files.list(settings.tests())) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".test.ts")).toList()) {
                Path bundle = bundles.resolve(file.getFileName().toString().replace(".ts", ".mjs"));
                typeScript.bundle(file.toString(), bundle, List.of("--bundle", "--format=esm", "--log-level=warning"));
                command.add(bundle.toString());
            }
        }
        String said = Tool.run("the TypeScript tests", settings.work(), command);
        System.out.println("Web: " + said.lines().reduce((first, last) -> last).orElse("no tests"));
    }
}

package dev.switchboard.webbuild;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** esbuild, which bundles, and the TypeScript compiler, which checks; both from Maven artifacts, without Node. One thread. */
final class TypeScript {
    private final Settings settings;

    TypeScript(Settings settings) {
        this.settings = settings;
    }

    /** Makes one file of an entry point and all it imports. */
    void bundle(String entry, Path output, List<String> options) {
        Path source = settings.sources().resolve(entry);
        List<String> command = new ArrayList<>(List.of(
                esbuild().toString(),
                source.toString(),
                "--outfile=" + output,
                "--alias:@wire=" + settings.wire(),
                "--alias:@codec=" + settings.sources().resolve("client/codec.ts"),
                "--tsconfig=" + settings.sources().resolve("tsconfig.json")));
        command.addAll(options);
        Tool.run("esbuild " + entry, settings.work(), command);
    }

    private Path esbuild() {
        if (settings.ownEsbuild().isPresent()) {
            return settings.ownEsbuild().get();
        }
        Path jar = Tool.jar(settings.tools(), "esbuild__" + settings.platform())
                .orElseThrow(() -> new WebBuildFailedException(
                        "There is no Maven artifact with esbuild for this platform (there is one for Linux on x64 and macOS on"
                                + " arm64). Build without the pages: -Dweb.skip, or with a binary of your own:"
                                + " -Dweb.esbuild=/path/to/esbuild"));
        return Tool.executable(Tool.unpack(jar, "bin/").resolve("bin/esbuild"));
    }

    /** Checks types of sources and tests; says where it can't. */
    void check() throws IOException {
        Optional<Path> deno = deno();
        Optional<Path> compiler = Tool.jar(settings.tools(), "typescript");
        if (deno.isEmpty() || compiler.isEmpty()) {
            System.out.println("Web: types are not checked on this platform, there is no deno for it");
            return;
        }
        Path project = settings.work().resolve("tsconfig.json");
        Files.writeString(project, """
                {"extends": "%s",
                 "compilerOptions": {"paths": {"@wire": ["%s"], "@codec": ["%s"]}},
                 "include": ["%s/**/*.ts", "%s/**/*.ts", "%s"]}
                """.formatted(
                        settings.sources().resolve("tsconfig.json"),
                        settings.wire(),
                        settings.sources().resolve("client/codec.ts"),
                        settings.sources(),
                        settings.tests(),
                        settings.wire()));
        Path tsc = Tool.unpack(compiler.get(), "lib/").resolve("lib/tsc.js");
        Tool.run(
                "the type check",
                settings.work(),
                List.of(
                        deno.get().toString(),
                        "run",
                        "-A",
                        "--unstable-detect-cjs",
                        "--no-config",
                        "--no-lock",
                        tsc.toString(),
                        "-p",
                        project.toString()));
    }

    /** A program that runs TypeScript tests; there is one for Linux on x64 only. */
    Optional<Path> deno() {
        return Tool.jar(settings.tools(), "linux-x64-glibc")
                .map(jar -> Tool.unpack(jar, "linux-x64-glibc/"))
                .map(TypeScript::denoIn);
    }

    private static Path denoIn(Path folder) {
        try (var walk = Files.walk(folder)) {
            return walk.filter(file -> file.getFileName().toString().equals("deno"))
                    .findFirst()
                    .map(Tool::executable)
                    .orElseThrow(() -> new WebBuildFailedException("no deno in its artifact"));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}

package dev.switchboard.webbuild;

import dev.switchboard.proto.v1.ClientFrame;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;

/**
 * The web build: frames to TypeScript, types checked, bundles made, sizes measured against their limits. One thread, the build's.
 * Does nothing when nothing it depends on has changed. A failure leaves no fingerprint, so the next run tries again.
 */
public final class WebBuild {
    /** Bytes of the client library, gzipped: it goes into pages of others. Beyond it the build fails. */
    private static final int CLIENT_GZIP_MAX = 12 * 1024;
    /** The same for everything that a page of ours loads. */
    private static final int PAGE_GZIP_MAX = 40 * 1024;

    private static final List<String> COMMON =
            List.of("--bundle", "--minify", "--target=es2022", "--charset=utf8", "--log-level=warning");
    private static final List<String> PAGES = List.of("soporte.html", "unauthenticated.html", "icon.svg");

    private final Settings settings;

    private WebBuild(Settings settings) {
        this.settings = settings;
    }

    public static void main(String[] arguments) throws IOException {
        new WebBuild(Settings.from(arguments)).run();
    }

    private void run() throws IOException {
        String wire = new WireTables(ClientFrame.getDescriptor().getFile()).typeScript();
        String fingerprint = new Fingerprint()
                .add(wire)
                .add(settings.platform() + settings.ownEsbuild() + settings.check())
                // Its name says which versions they are.
                .add(settings.tools().getFileName().toString())
                .addFiles(settings.sources())
                .addFiles(settings.tests())
                .addFiles(ownCode())
                .value();
        Path stamp = settings.work().resolve("fingerprint");
        if (Fingerprint.isCurrent(stamp, fingerprint, results())) {
            return;
        }
        Files.deleteIfExists(stamp);
        Files.createDirectories(settings.wire().getParent());
        Files.createDirectories(settings.output());
        Files.writeString(settings.wire(), wire);
        TypeScript typeScript = new TypeScript(settings);
        if (settings.check()) {
            typeScript.check();
        }
        bundle(typeScript);
        for (String page : PAGES) {
            Files.copy(
                    settings.sources().resolve("pages").resolve(page),
                    settings.output().resolve(page),
                    StandardCopyOption.REPLACE_EXISTING);
        }
        Files.writeString(stamp, fingerprint);
    }

    private void bundle(TypeScript typeScript) throws IOException {
        typeScript.bundle("client/index.ts", settings.output().resolve("client.js"), with("--format=esm"));
        typeScript.bundle("soporte/main.ts", settings.output().resolve("soporte.js"), with("--format=iife"));
        typeScript.bundle("soporte/soporte.css", settings.output().resolve("soporte.css"), with());
        int client = gzipped("client.js");
        int page = gzipped("soporte.js") + gzipped("soporte.css");
        if (settings.check()) {
            report(client, page);
        }
        requireAtMost("client.js", client, CLIENT_GZIP_MAX);
        requireAtMost("soporte.js with soporte.css", page, PAGE_GZIP_MAX);
    }

    private static void report(int client, int page) {
        System.out.printf(
                Locale.ROOT,
                "Web: client %.1f kB, page %.1f kB gzipped (at most %d and %d kB)%n",
                client / 1024.0,
                page / 1024.0,
                CLIENT_GZIP_MAX / 1024,
                PAGE_GZIP_MAX / 1024);
    }

    private static List<String> with(String... more) {
        List<String> options = new ArrayList<>(COMMON);
        options.addAll(List.of(more));
        return options;
    }

    private int gzipped(String name) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(Files.readAllBytes(settings.output().resolve(name)));
        }
        return bytes.size();
    }

    private static void requireAtMost(String what, int bytes, int max) {
        if (bytes > max) {
            throw new WebBuildFailedException(
                    what + " is " + bytes + " bytes gzipped, at most " + max + " are allowed (WebBuild.java says why)");
        }
    }

    private List<Path> results() {
        List<Path> results = new ArrayList<>();
        List.of("client.js", "soporte.js", "soporte.css")
                .forEach(name -> results.add(settings.output().resolve(name)));
        PAGES.forEach(name -> results.add(settings.output().resolve(name)));
        return results;
    }

    /** The classes of this build: other options make other bundles. */
    private static Path ownCode() {
        return Optional.ofNullable(WebBuild.class.getProtectionDomain().getCodeSource())
                .map(source -> Path.of(java.net.URI.create(source.getLocation().toString())))
                .orElse(Path.of("unknown"));
    }
}

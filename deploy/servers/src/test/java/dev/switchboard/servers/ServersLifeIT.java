package dev.switchboard.servers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServersLifeIT {
    private static final Duration END_TIMEOUT = Duration.ofSeconds(10);
    private static final String NOBODY = "65534";

    @TempDir
    Path dir;

    @Test
    void endWhenTheirJvmIsKilled() throws IOException {
        Process jvm = start(List.of(), dir.resolve("data"), System.getProperty("java.class.path"));
        List<ProcessStamp> servers = pids(jvm);

        jvm.destroyForcibly();

        assertTrue(Await.until(END_TIMEOUT, () -> servers.stream().noneMatch(ProcessStamp::isAlive)));
    }

    @Test
    void startAgainOnWhatAKilledJvmLeft() throws IOException {
        Path data = dir.resolve("data");
        Process jvm = start(List.of(), data, System.getProperty("java.class.path"));
        pids(jvm);
        jvm.destroyForcibly();

        // At once: the servers may still be ending.
        try (RedisServer redis = awaitStart(data);
                DatabaseServer database = DatabaseServer.start(data)) {
            assertTrue(redis.isAlive() && database.isAlive());
        }
    }

    @Test
    void runAsAnOrdinaryUser() throws IOException, InterruptedException {
        assumeTrue(ServerCache.currentUid() == 0, "an ordinary user runs this build: every test here shows it");
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")), "no setpriv here to become an ordinary user");
        Path open = Files.createTempDirectory(
                "servers", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        try {
            Path data = Files.createDirectory(open.resolve("home"));
            Files.setAttribute(data, "unix:uid", Integer.valueOf(NOBODY));
            List<String> nobody = List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups", "--");

            Process jvm = start(nobody, data.resolve("data"), readableByAll(open));
            List<ProcessStamp> servers = pids(jvm);
            for (ProcessStamp server : servers) {
                Path proc = Path.of("/proc/" + server.pid());
                assertEquals(Integer.valueOf(NOBODY), Files.getAttribute(proc, "unix:uid"));
            }
            jvm.getOutputStream().close();

            assertTrue(jvm.waitFor(END_TIMEOUT.toSeconds(), TimeUnit.SECONDS));
            assertTrue(servers.stream().noneMatch(ProcessStamp::isAlive));
        } finally {
            ServerCache.deleteTree(open);
        }
    }

    private static RedisServer awaitStart(Path data) {
        List<RedisServer> started = new ArrayList<>();
        boolean up = Await.until(END_TIMEOUT, () -> {
            try {
                return started.add(RedisServer.start(data));
            } catch (ServerStartException e) {
                // The killed JVM is not quite gone yet.
                return false;
            }
        });
        assertTrue(up);
        return started.get(0);
    }

    private static Process start(List<String> prefix, Path data, String classPath) throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Duser.home=" + data.getParent(),
                "-cp",
                classPath,
                ServersProgram.class.getName(),
                data.toString()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().remove("XDG_CACHE_HOME");
        builder.directory(new File("/"));
        return builder.start();
    }

    private static List<ProcessStamp> pids(Process jvm) throws IOException {
        BufferedReader out = jvm.inputReader(StandardCharsets.UTF_8);
        String line = out.readLine();
        assertTrue(line != null, "the servers didn't start");
        return List.of(line.split(" ", -1)).stream()
                .map(pid -> ProcessStamp.of(Long.parseLong(pid)))
                .toList();
    }

    /** This test's class path, copied to where everybody may read it: the local repository is often private. */
    private static String readableByAll(Path open) throws IOException {
        List<String> copies = new ArrayList<>();
        for (String element : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            Path source = Path.of(element);
            if (Files.exists(source)) {
                Path copy = open.resolve(copies.size() + "-" + source.getFileName());
                ServerCache.copyTree(source, copy);
                copies.add(copy.toString());
            }
        }
        return String.join(File.pathSeparator, copies);
    }
}

package dev.switchboard.local;

import dev.switchboard.servers.ChildProcess;
import dev.switchboard.servers.ServerStartException;
import dev.switchboard.settings.Secret;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a stack keeps on disk, all of it below one directory that belongs to nothing else. One thread. */
public final class StackDirectory {
    /** Marks a directory as ours, which a fresh start may empty. */
    private static final String MARK = "switchboard-local-stack";

    private static final List<String> CONTENT = List.of("redis", "database", "log", "run", "jwt-secret");
    private static final int SECRET_BYTES = 48;

    private final Path root;

    private StackDirectory(Path root) {
        this.root = root;
    }

    /** Ends what a killed stack left there, then empties the directory unless its data is kept. */
    public static StackDirectory open(LocalConfig.Data data) {
        Path root = data.dir().toAbsolutePath().normalize();
        try {
            requireOurs(root);
            Files.createDirectories(
                    root, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            Files.writeString(root.resolve(MARK), "Data of a local stack: may be deleted while none is running.\n");
            ChildProcess.endLeftovers(root);
            if (!data.keep()) {
                for (String name : CONTENT) {
                    deleteTree(root.resolve(name));
                }
            }
            Files.createDirectories(root.resolve("log"));
            Files.createDirectories(root.resolve("run"));
            return new StackDirectory(root);
        } catch (IOException e) {
            throw new ServerStartException("can't use " + root + " for a local stack: " + e.getMessage(), e);
        }
    }

    public Path redis() {
        return root.resolve("redis");
    }

    public Path database() {
        return root.resolve("database");
    }

    public Path logs() {
        return root.resolve("log");
    }

    /** How one of our programs is run here. */
    public ChildProcess.Command command(String name, Program program, Map<String, String> variables) {
        String file = name.replace(' ', '-');
        return new ChildProcess.Command(
                name,
                program.command(),
                variables,
                root,
                logs().resolve(file + ".log"),
                root.resolve("run").resolve(file + ".pid"));
    }

    /** Random at the first start and kept with the data, so that kept tokens and cookies stay good. */
    public Secret jwtSecret() {
        Path file = root.resolve("jwt-secret");
        try {
            if (!Files.exists(file)) {
                byte[] bytes = new byte[SECRET_BYTES];
                new SecureRandom().nextBytes(bytes);
                Files.createFile(
                        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
                Files.writeString(file, Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
            }
            return new Secret(Files.readString(file).strip());
        } catch (IOException e) {
            throw new ServerStartException("can't keep a secret in " + file, e);
        }
    }

    private static void requireOurs(Path root) throws IOException {
        if (!Files.isDirectory(root) || Files.exists(root.resolve(MARK))) {
            return;
        }
        try (Stream<Path> content = Files.list(root)) {
            if (content.findAny().isPresent()) {
                throw new IOException("something else is in it; set SWITCHBOARD_LOCAL_DIR to a directory of its own");
            }
        }
    }

    private static void deleteTree(Path tree) throws IOException {
        if (!Files.exists(tree)) {
            return;
        }
        Files.walkFileTree(tree, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
                    throws IOException {
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}

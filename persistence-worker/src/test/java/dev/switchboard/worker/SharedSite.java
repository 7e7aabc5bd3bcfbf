package dev.switchboard.worker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Hands the same site to every test of a run, each time as new: starting servers took longer than the tests. Tests run one after
 * another; the last one's end closes the site.
 */
final class SharedSite implements ParameterResolver {
    private static final Namespace NAMESPACE = Namespace.create(SharedSite.class);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == TestSite.class;
    }

    @Override
    public TestSite resolveParameter(ParameterContext parameter, ExtensionContext context) {
        TestSite site = context.getRoot()
                .getStore(NAMESPACE)
                .computeIfAbsent(Running.class, any -> Running.start(), Running.class)
                .site();
        site.renew();
        return site;
    }

    private record Running(Path dir, TestSite site) implements AutoCloseable {
        static Running start() {
            try {
                Path dir = Files.createTempDirectory("worker-site");
                return new Running(dir, TestSite.migrated(dir));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() throws IOException {
            site.close();
            List<Path> deepestFirst;
            try (Stream<Path> all = Files.walk(dir)) {
                deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
            }
            for (Path path : deepestFirst) {
                Files.delete(path);
            }
        }
    }
}

package dev.switchboard.wire;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Owns the one Redis of all script tests in this JVM: starting one for each class took longer than the tests. It starts with the
 * first test, is empty before each one, and is closed after the last. Tests run one after another, on JUnit's thread. Who changes
 * a setting of the server puts it back; who needs other settings from the start has a server of its own.
 */
final class SharedRedis implements BeforeEachCallback, ParameterResolver {
    private static final Namespace NAMESPACE = Namespace.create(SharedRedis.class);

    @Override
    public void beforeEach(ExtensionContext context) {
        rig(context).empty();
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == ScriptRig.class;
    }

    @Override
    public ScriptRig resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return rig(context);
    }

    private static ScriptRig rig(ExtensionContext context) {
        return context.getRoot()
                .getStore(NAMESPACE)
                .computeIfAbsent(Running.class, any -> Running.start(), Running.class)
                .rig();
    }

    private record Running(Path directory, ScriptRig rig) implements AutoCloseable {
        static Running start() {
            try {
                Path directory = Files.createTempDirectory("switchboard-scripts");
                return new Running(directory, ScriptRig.start(directory));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() throws IOException {
            rig.close();
            try (Stream<Path> all = Files.walk(directory)) {
                all.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
            }
        }
    }
}

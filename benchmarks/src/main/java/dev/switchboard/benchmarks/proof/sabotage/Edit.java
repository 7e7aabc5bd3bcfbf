package dev.switchboard.benchmarks.proof.sabotage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * One change to one source file. Immutable.
 *
 * @param module directory of the module
 * @param file below its {@code src/main}
 * @param find what stands there, exactly once
 * @param replace what stands there instead
 */
record Edit(String module, String file, String find, String replace) {
    static Edit gateway(String file, String find, String replace) {
        return new Edit("gateway", "java/dev/switchboard/gateway/" + file, find, replace);
    }

    static Edit worker(String file, String find, String replace) {
        return new Edit("persistence-worker", "java/dev/switchboard/worker/" + file, find, replace);
    }

    static Edit script(String name, String find, String replace) {
        return new Edit("proto", "resources/redis/" + name + ".lua", find, replace);
    }

    /** The file with these edits, all of which are to it. Throws when the product has changed and an edit no longer fits. */
    static String apply(Path root, List<Edit> edits) throws IOException {
        String text = Files.readString(edits.get(0).path(root));
        for (Edit edit : edits) {
            int at = text.indexOf(edit.find);
            if (at < 0 || text.indexOf(edit.find, at + 1) >= 0) {
                throw new IllegalStateException(
                        "the sabotage of " + edit.file + " must be brought up to date: this stands there "
                                + (at < 0 ? "no more" : "more than once") + ": " + edit.find);
            }
            text = text.replace(edit.find, edit.replace);
        }
        return text;
    }

    Path path(Path root) {
        return root.resolve(module).resolve("src/main").resolve(file);
    }
}

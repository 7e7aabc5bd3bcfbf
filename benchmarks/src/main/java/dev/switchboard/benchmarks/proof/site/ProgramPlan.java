package dev.switchboard.benchmarks.proof.site;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How one gateway or worker is started. Immutable, any thread.
 *
 * @param settings by their names without prefix
 * @param javaOptions behind those of the local stack, which they override
 * @param classPath in front of the program's own: classes there take the place of its
 * @param wrapper before the JVM; must replace itself by it, as {@code prlimit} and {@code env} do
 */
public record ProgramPlan(
        Map<String, String> settings, List<String> javaOptions, List<Path> classPath, List<String> wrapper) {
    public static final ProgramPlan USUAL = new ProgramPlan(Map.of(), List.of(), List.of(), List.of());

    public ProgramPlan {
        settings = Map.copyOf(settings);
        javaOptions = List.copyOf(javaOptions);
        classPath = List.copyOf(classPath);
        wrapper = List.copyOf(wrapper);
    }

    public ProgramPlan with(String setting, String value) {
        Map<String, String> more = new TreeMap<>(settings);
        more.put(setting, value);
        return new ProgramPlan(more, javaOptions, classPath, wrapper);
    }

    public ProgramPlan withJava(String option) {
        List<String> more = new ArrayList<>(javaOptions);
        more.add(option);
        return new ProgramPlan(settings, more, classPath, wrapper);
    }

    public ProgramPlan inFront(Path classes) {
        List<Path> more = new ArrayList<>(classPath);
        more.add(classes);
        return new ProgramPlan(settings, javaOptions, more, wrapper);
    }

    public ProgramPlan behind(List<String> wrapper) {
        return new ProgramPlan(settings, javaOptions, classPath, wrapper);
    }

    /** Both; where they differ the other wins. */
    ProgramPlan and(ProgramPlan other) {
        Map<String, String> allSettings = new TreeMap<>(settings);
        allSettings.putAll(other.settings);
        List<String> allOptions = new ArrayList<>(javaOptions);
        allOptions.addAll(other.javaOptions);
        List<Path> allClasses = new ArrayList<>(other.classPath);
        allClasses.addAll(classPath);
        return new ProgramPlan(allSettings, allOptions, allClasses, other.wrapper.isEmpty() ? wrapper : other.wrapper);
    }
}

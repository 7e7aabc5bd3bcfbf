package dev.switchboard.benchmarks.proof.site;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a process says at {@code /metrics}, summed over labels. Immutable. */
public record Metrics(Map<String, Double> sums) {
    private static final Pattern SAMPLE = Pattern.compile("(?m)^([a-zA-Z_:][\\w:]*)(?:\\{.*\\})? (\\S+)$");

    public static Metrics parse(String text) {
        Map<String, Double> sums = new HashMap<>();
        Matcher samples = SAMPLE.matcher(text);
        while (samples.find()) {
            sums.merge(samples.group(1), Double.parseDouble(samples.group(2)), Double::sum);
        }
        return new Metrics(Map.copyOf(sums));
    }

    public OptionalDouble sum(String name) {
        Double sum = sums.get(name);
        return sum == null ? OptionalDouble.empty() : OptionalDouble.of(sum);
    }
}

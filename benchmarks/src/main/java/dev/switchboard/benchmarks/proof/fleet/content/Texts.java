package dev.switchboard.benchmarks.proof.fleet.content;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What is said: words, accents and emoji, another text for each message, of a length by chance. The same seed and number give the
 * same text. Immutable, any thread.
 */
public final class Texts {
    public static final int BYTES_MIN = 16;

    private static final List<String> WORDS = List.of(
            "hola",
            "pedido",
            "¿cuándo?",
            "mañana",
            "envío",
            "gracias",
            "ñandú",
            "日本語",
            "straße",
            "שלום",
            "é",
            "ok",
            "\n",
            "👋",
            "🚚",
            "👩‍💻",
            "🇦🇷",
            "✅",
            "❤️",
            "👍🏽",
            "🎉",
            "<b>",
            "&amp;",
            "'--",
            "\t");
    private static final String FILLER = ".";

    private final long seed;
    private final int bytesMin;
    private final int bytesMax;

    public Texts(long seed, int bytesMin, int bytesMax) {
        this.seed = seed;
        this.bytesMin = bytesMin;
        this.bytesMax = bytesMax;
    }

    String text(int number) {
        SplittableRandom random = new SplittableRandom(seed ^ number * 0x9E3779B97F4A7C15L);
        int length = random.nextInt(bytesMin, bytesMax + 1);
        StringBuilder text = new StringBuilder(length).append('#').append(number);
        int bytes = text.length();
        while (true) {
            String word = WORDS.get(random.nextInt(WORDS.size()));
            int more = 1 + word.getBytes(StandardCharsets.UTF_8).length;
            if (bytes + more > length) {
                return text.append(FILLER.repeat(length - bytes)).toString();
            }
            text.append(' ').append(word);
            bytes += more;
        }
    }
}

package dev.switchboard.gateway.api.ws;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import dev.switchboard.gateway.desk.ResumeLanes;
import java.io.IOException;
import java.io.StringReader;

/**
 * Counts what a JSON text holds, without keeping any of it: three characters can become an object of 300 bytes. As strict as
 * RFC 8259, because a reader that knows more spellings than the one that counts would find more. Stateless.
 */
final class JsonValues {
    /** Names, values, beginnings and ends in a message. A Resume of as many lanes as it may hold has ten for each. */
    static final int VALUES_MAX = 10 * ResumeLanes.LANES_MAX + 20;

    /** Objects and arrays in each other; deeper than any frame, and shallow enough for every reader. */
    private static final int DEPTH_MAX = 16;

    private JsonValues() {}

    /** False where there are too many; throws where it is no JSON. */
    static boolean fit(String text) throws IOException {
        JsonReader reader = new JsonReader(new StringReader(text));
        reader.setStrictness(Strictness.STRICT);
        reader.setNestingLimit(DEPTH_MAX);
        for (int values = 0; values <= VALUES_MAX; values++) {
            switch (reader.peek()) {
                case BEGIN_OBJECT -> reader.beginObject();
                case END_OBJECT -> reader.endObject();
                case BEGIN_ARRAY -> reader.beginArray();
                case END_ARRAY -> reader.endArray();
                case END_DOCUMENT -> {
                    return true;
                }
                default -> reader.skipValue();
            }
        }
        return false;
    }
}

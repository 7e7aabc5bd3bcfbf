package dev.switchboard.gateway.auth;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import io.jsonwebtoken.io.AbstractDeserializer;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON objects as tokens, key sets and requests need them: RFC 8259 to the letter, UTF-8 only, no name twice (or two readers of one
 * token could see different users), bounded depth, numbers that are numbers. Any thread; holds no state.
 */
public final class StrictJson extends AbstractDeserializer<Map<String, ?>> {
    /** Levels of objects and arrays; deeper is refused. A key set needs 4, a request 2. */
    private static final int DEPTH_MAX = 8;

    /** Values of all levels; more are refused. A key set of 64 keys has fewer; each costs some hundred bytes. */
    private static final int VALUES_MAX = 1_000;

    /** Characters of a number; longer is refused. */
    private static final int NUMBER_CHARS_MAX = 32;

    /** Of a number, up or down; further is refused. No time and no count needs it, and reading 1e300 costs ten times as much as 1e9. */
    private static final int EXPONENT_MAX = 30;

    /** A sign and two digits. */
    private static final int EXPONENT_CHARS_MAX = 3;

    /** Reads one object. Its values are texts, booleans, Long, Double, {@link JsonNull}, lists and maps of them. */
    public static Map<String, Object> object(byte[] utf8) throws IOException {
        String text = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT)
                .decode(ByteBuffer.wrap(utf8))
                .toString();
        if (text.startsWith("\uFEFF")) {
            throw new MalformedJsonException("a byte order mark"); // The reader would pass over it.
        }
        return object(new StringReader(text));
    }

    @Override
    protected Map<String, ?> doDeserialize(Reader reader) throws Exception {
        return object(reader);
    }

    private static Map<String, Object> object(Reader text) throws IOException {
        JsonReader reader = new JsonReader(text);
        reader.setStrictness(Strictness.STRICT);
        try {
            Map<String, Object> object = new Values(reader).object(1);
            if (reader.peek() != JsonToken.END_DOCUMENT) {
                throw new MalformedJsonException("more than one value");
            }
            return object;
        } catch (IllegalStateException e) {
            throw new MalformedJsonException("not an object", e);
        }
    }

    /** The values of one text, counted while they are read. */
    private static final class Values {
        private final JsonReader reader;
        private int read;

        Values(JsonReader reader) {
            this.reader = reader;
        }

        Map<String, Object> object(int depth) throws IOException {
            checkDepth(depth);
            Map<String, Object> members = new LinkedHashMap<>();
            reader.beginObject();
            while (reader.hasNext()) {
                String name = reader.nextName();
                Object value = value(depth);
                if (members.containsKey(name)) {
                    throw new MalformedJsonException("a name stands twice");
                }
                members.put(name, value);
            }
            reader.endObject();
            return members;
        }

        private List<Object> array(int depth) throws IOException {
            checkDepth(depth);
            List<Object> elements = new ArrayList<>();
            reader.beginArray();
            while (reader.hasNext()) {
                elements.add(value(depth));
            }
            reader.endArray();
            return elements;
        }

        /** A JSON null becomes {@link JsonNull}, so that a member set to null differs from an absent one. */
        private Object value(int depth) throws IOException {
            if (++read > VALUES_MAX) {
                throw new MalformedJsonException("too many values");
            }
            return switch (reader.peek()) {
                case BEGIN_OBJECT -> object(depth + 1);
                case BEGIN_ARRAY -> array(depth + 1);
                case STRING -> reader.nextString();
                case NUMBER -> number(reader.nextString());
                case BOOLEAN -> reader.nextBoolean();
                case NULL -> {
                    reader.nextNull();
                    yield JsonNull.NULL;
                }
                default -> throw new MalformedJsonException("not a value");
            };
        }

        private static void checkDepth(int depth) throws IOException {
            if (depth > DEPTH_MAX) {
                throw new MalformedJsonException("too deep");
            }
        }
    }

    /** A Long where it is one, else a finite Double. */
    private static Number number(String text) throws IOException {
        if (text.length() > NUMBER_CHARS_MAX) {
            throw new MalformedJsonException("a number is too long");
        }
        if (text.chars().allMatch(c -> c == '-' || (c >= '0' && c <= '9'))) {
            try {
                return Long.parseLong(text);
            } catch (NumberFormatException e) {
                throw new MalformedJsonException("a number is too large", e);
            }
        }
        int exponent = Math.max(text.indexOf('e'), text.indexOf('E')) + 1;
        if (exponent > 0
                && (text.length() - exponent > EXPONENT_CHARS_MAX
                        || Math.abs(Integer.parseInt(text, exponent, text.length(), 10)) > EXPONENT_MAX)) {
            throw new MalformedJsonException("a number is out of range");
        }
        return Double.parseDouble(text);
    }

    /** Stands for a JSON null. */
    public enum JsonNull {
        NULL
    }

    /** The text under this name, or null where there is none or it is no text. */
    static @Nullable String text(Map<String, Object> object, String name) {
        return object.get(name) instanceof String text ? text : null;
    }
}

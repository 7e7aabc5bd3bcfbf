package dev.switchboard.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.MessageLite;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.proto.v1.ServerFrame;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The bytes that clients and stored logs of the first version hold. If this fails, a change breaks them: a line of
 * {@code golden-bytes.txt} is never edited, only added.
 */
class GoldenBytesTest {
    private static final Map<String, String> GOLDEN = golden();

    static Stream<String> names() {
        return Stream.concat(GoldenFrames.all().keySet().stream(), GoldenFrames.ofEarlierVersions().keySet().stream());
    }

    @ParameterizedTest
    @MethodSource("names")
    void readsAndWritesTheBytesOfTheFirstVersion(String name) throws Exception {
        MessageLite first = GoldenFrames.ofEarlierVersions().get(name);
        MessageLite frame = first == null ? GoldenFrames.all().get(name) : first;
        assertNotNull(frame);
        String hex = HexFormat.of().formatHex(frame.toByteArray());
        assertEquals(GOLDEN.get(name), hex, () -> name + " " + hex);

        MessageLite parsed = frame.getParserForType().parseFrom(HexFormat.of().parseHex(hex));
        assertEquals(frame, parsed);
        assertEquals(hex, HexFormat.of().formatHex(parsed.toByteArray()));
    }

    @Test
    void holdsEveryKindOfFrame() {
        Set<String> kinds = new LinkedHashSet<>();
        ClientFrame.getDescriptor().getOneofs().get(0).getFields().forEach(field -> kinds.add(field.getName()));
        ServerFrame.getDescriptor().getOneofs().get(0).getFields().forEach(field -> kinds.add(field.getName()));
        kinds.removeIf(kind -> GOLDEN.containsKey(kind.replace('_', '-')));
        assertEquals(Set.of(), kinds);
    }

    @Test
    void setsEveryFieldInTheGoldenFrames() {
        GoldenFrames.all().values().forEach(frame -> assertComplete((Message) frame));
    }

    @Test
    void writesRecordsOfTheFirstVersion() {
        assertRecord("record-public", completed(Lane.PUBLIC, Role.USER, "ana"));
        assertRecord("record-staff", completed(Lane.STAFF, Role.ADMIN, "root"));
    }

    private static void assertRecord(String name, String hex) {
        assertEquals(GOLDEN.get(name), hex, () -> name + " " + hex);
    }

    /** The record of a message with what the append script puts behind it. */
    private static String completed(Lane lane, Role role, String sender) {
        MessageRecord record = new MessageRecord(
                0x0102030405060708L,
                GoldenFrames.CONVERSATION,
                sender,
                role,
                sender.equals("ana") ? null : "ana",
                lane,
                GoldenFrames.MESSAGE_ID,
                GoldenFrames.CLIENT_MSG_ID,
                "¡Hola! 😀",
                GoldenFrames.EPOCH);
        byte[] completed = Completion.of(record, 12, 8, GoldenFrames.TIME);
        return HexFormat.of().formatHex(completed);
    }

    private static void assertComplete(Message message) {
        for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
            if (field.getRealContainingOneof() == null) {
                boolean set = field.isRepeated() ? message.getRepeatedFieldCount(field) > 0 : message.hasField(field);
                assertEquals(true, set, () -> field.getFullName() + " is not set");
            }
            if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
                if (field.isRepeated()) {
                    assertComplete((Message) message.getRepeatedField(field, 0));
                } else if (message.hasField(field)) {
                    assertComplete((Message) message.getField(field));
                }
            }
        }
    }

    private static Map<String, String> golden() {
        try (InputStream in = GoldenBytesTest.class.getResourceAsStream("/golden-bytes.txt")) {
            assertNotNull(in);
            Map<String, String> golden = new LinkedHashMap<>();
            new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.split(" ", 2))
                    .forEach(parts -> golden.put(parts[0], parts[1]));
            return golden;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

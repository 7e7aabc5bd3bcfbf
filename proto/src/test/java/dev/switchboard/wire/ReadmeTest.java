package dev.switchboard.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.proto.v1.Send;
import dev.switchboard.proto.v1.ServerFrame;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What the README of this module shows is what the frames are. */
class ReadmeTest {
    private static final Path README = Path.of("README.md");

    @Test
    void showsJsonThatIsAFrame() throws IOException {
        List<String> lines = Files.readAllLines(README);
        ClientFrame.Builder commands = ClientFrame.newBuilder();
        int shown = 0;
        for (String line : lines) {
            if (line.startsWith("→ ") || line.startsWith("← ")) {
                Message.Builder frame = line.startsWith("→ ") ? commands.clear() : ServerFrame.newBuilder();
                JsonFormat.parser().merge(line.substring(2), frame);
                assertEquals(
                        line.substring(2),
                        JsonFormat.printer().omittingInsignificantWhitespace().print(frame));
                shown++;
            }
        }
        assertTrue(shown >= 15);
    }

    @Test
    void showsEveryKindOfFrame() throws IOException {
        String text = Files.readString(README);
        for (Message frame : List.<Message>of(ClientFrame.getDefaultInstance(), ServerFrame.getDefaultInstance())) {
            for (FieldDescriptor field :
                    frame.getDescriptorForType().getOneofs().get(0).getFields()) {
                assertTrue(text.contains("{\"" + field.getJsonName() + "\":{"), field::getFullName);
            }
        }
    }

    @Test
    void showsTheBytesOfASend() throws IOException {
        UUID id = UUID.fromString("0190a1b2-c3d4-7111-8222-333344445555");
        ClientFrame frame = ClientFrame.newBuilder()
                .setSend(Send.newBuilder()
                        .setClientMsgId(ByteString.copyFrom(WireUuid.bytes(id)))
                        .setText("Hola"))
                .setRef(1)
                .build();
        StringBuilder shown = new StringBuilder();
        boolean inTable = false;
        for (String line : Files.readAllLines(README)) {
            inTable = line.startsWith("| bytes (hex)") || (inTable && line.startsWith("|"));
            if (inTable && line.startsWith("| `")) {
                shown.append(line, 0, line.indexOf('|', 1));
            }
        }
        assertEquals(
                HexFormat.of().formatHex(frame.toByteArray()), shown.toString().replaceAll("[^0-9a-f]", ""));
    }

    @Test
    void explainsEveryRefusalCode() throws IOException {
        String text = Files.readString(README);
        for (RefusalCode code : RefusalCode.values()) {
            if (code != RefusalCode.REFUSAL_UNSPECIFIED && code != RefusalCode.UNRECOGNIZED) {
                assertTrue(text.contains("| `" + code + "` | " + code.getNumber() + " |"), code::toString);
            }
        }
    }

    @Test
    void listsEveryKey() throws IOException {
        String text = Files.readString(README);
        Partition partition = Partition.ofOwner("ana");
        ConversationId id = GoldenFrames.CONVERSATION;
        for (String key : List.of(
                Keys.META,
                Keys.partition(partition),
                Keys.log(partition),
                Keys.dedupe(partition),
                Keys.dedupeBefore(partition),
                Keys.open(partition),
                Keys.adminsRoom(partition),
                Keys.userRoom("ana"),
                Keys.openOf("ana"),
                Keys.conversation(id),
                Keys.publicTail(id),
                Keys.staffTail(id),
                Keys.rate(partition, "root"),
                Keys.asked("ana", false),
                Keys.asked("ana", true),
                Keys.REVOCATION,
                Keys.REVOKED,
                Keys.REVOKED_UNTIL,
                Keys.ACCESS_ROOM,
                Keys.failed("192.0.2.7"))) {
            String name = key.replaceAll("\\{p\\d+}", "{tag}")
                    .replace(id.hex(), "<id>")
                    .replaceAll("asked:(.):ana", "asked:$1:<user>")
                    .replace("u:ana", "u:<owner>")
                    .replace("user:ana", "user:<user>")
                    .replace("rate:root", "rate:<sender>")
                    .replace("192.0.2.7", "<address>");
            assertTrue(text.contains("`" + name + "`"), name);
        }
    }
}

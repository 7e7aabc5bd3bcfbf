package dev.switchboard.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.switchboard.proto.v1.ServerFrame.FrameCase;
import dev.switchboard.wire.WireUuid;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The JSON subprotocol: the same frames as text, for people and scripts. */
@ExtendWith(LeakCheck.class)
class JsonIT {
    @RegisterExtension
    static final OneGateway one = OneGateway.plain();

    private static TestSocket open(String user) throws IOException {
        TestSocket socket = TestSocket.open(one.port(), GatewayRig.token(user), "switchboard.v1.json");
        assertEquals(user, next(socket).getAsJsonObject("welcome").get("user").getAsString());
        return socket;
    }

    private static void send(TestSocket socket, String json) throws IOException {
        socket.send(TestSocket.frame(0x81, json.getBytes(StandardCharsets.UTF_8)));
    }

    private static JsonObject next(TestSocket socket) {
        TestSocket.Frame frame = socket.next();
        assertEquals(1, frame.opcode(), "text");
        return JsonParser.parseString(frame.payload().toStringUtf8()).getAsJsonObject();
    }

    private static String refusal(TestSocket socket, String json) throws IOException {
        send(socket, json);
        return next(socket).getAsJsonObject("refused").get("code").getAsString();
    }

    @Test
    void speaksAndHears() throws IOException {
        String id = Base64.getEncoder().encodeToString(WireUuid.bytes(UUID.randomUUID()));
        try (TestSocket ana = open("ana");
                TestSocket tablet = open("ana");
                TestSocket phone = GatewayRig.user(one.gateway(), "ana")) {
            send(ana, "{\"ref\":7,\"send\":{\"clientMsgId\":\"" + id + "\",\"text\":\"¿qué tal? 😀\"}}");
            JsonObject answer = next(ana);
            assertEquals(7, answer.get("ref").getAsInt());
            assertEquals(
                    id, answer.getAsJsonObject("accepted").get("clientMsgId").getAsString());
            assertEquals(
                    "¿qué tal? 😀",
                    next(tablet).getAsJsonObject("message").get("text").getAsString());
            assertEquals(
                    "¿qué tal? 😀", phone.await(FrameCase.MESSAGE).getMessage().getText());
            send(ana, "{\"ping\":{},\"ref\":8}");
            assertEquals(8, next(ana).get("ref").getAsInt());
        }
    }

    @Test
    @Tag("P1")
    @Tag("P14")
    void refusesWhatIsNoFrame() throws IOException {
        try (TestSocket ana = open("ana")) {
            assertEquals("BAD_REQUEST", refusal(ana, "{}"));
            assertEquals("UNSUPPORTED", refusal(ana, "{\"shout\":{}}"));
            assertEquals("BAD_REQUEST", refusal(ana, "not json"));
            assertEquals("INVALID_ID", refusal(ana, "{\"send\":{\"text\":\"hi\"}}"));
            assertFalse(ana.ended());
            assertEquals("BAD_REQUEST", refusal(ana, "[".repeat(30_000)));
            assertEquals(1008, ana.closeCode());
        }
    }

    @Test
    @Tag("P6")
    @Tag("P10")
    void refusesTextThatIsNone() throws IOException {
        String half = "{\"send\":{\"clientMsgId\":\"AAAAAAAAAAAAAAAAAAAAAQ==\",\"text\":\"\\ud83d\"}}";
        String nul = half.replace("\\ud83d", "a\\u0000b");
        try (TestSocket ana = open("ana")) {
            assertEquals("INVALID_TEXT", refusal(ana, half));
            assertEquals("INVALID_TEXT", refusal(ana, nul));
            ana.send(TestSocket.frame(0x81, new byte[] {'"', (byte) 0xFF, '"'}));
            assertEquals(1007, ana.closeCode());
        }
    }
}

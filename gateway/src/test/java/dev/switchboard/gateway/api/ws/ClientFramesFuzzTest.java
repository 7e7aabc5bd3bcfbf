package dev.switchboard.gateway.api.ws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.CodedOutputStream;
import dev.switchboard.gateway.api.ws.ClientFrames.Read;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.servers.InputBudget;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.provider.MethodSource;

/** Messages of clients in both formats: whatever one of them says, the other can say as well. */
@Tag("SEC24")
@Tag("SEC25")
class ClientFramesFuzzTest {
    @MethodSource("binary")
    @FuzzTest(maxDuration = "10m")
    void protobuf(byte[] bytes) {
        InputBudget.spend(() -> ClientFrames.protobuf(ByteBuffer.wrap(bytes)));
        if (ClientFrames.protobuf(ByteBuffer.wrap(bytes)) instanceof Read.Frame read) {
            assertEquals(
                    read.frame(),
                    again(ClientFrames.protobuf(ByteBuffer.wrap(read.frame().toByteArray()))));
            String json = ClientFrameSeeds.json(read.frame());
            assertEquals(json, ClientFrameSeeds.json(again(ClientFrames.json(utf8(json)))));
        }
    }

    @MethodSource("text")
    @FuzzTest(maxDuration = "10m")
    void json(byte[] bytes) {
        InputBudget.spend(() -> ClientFrames.json(ByteBuffer.wrap(bytes)));
        if (ClientFrames.json(ByteBuffer.wrap(bytes)) instanceof Read.Frame read) {
            // Half a character, which only JSON can say, is a question mark from here on.
            ClientFrame frame =
                    again(ClientFrames.protobuf(ByteBuffer.wrap(read.frame().toByteArray())));
            assertEquals(frame, again(ClientFrames.protobuf(ByteBuffer.wrap(frame.toByteArray()))));
            assertEquals(read.frame().getCommandCase(), frame.getCommandCase());
            assertEquals(read.frame().getSerializedSize(), frame.getSerializedSize());
        }
    }

    /** As many of the same as a message holds: small things that cost much. */
    @MethodSource("binary")
    @FuzzTest(maxDuration = "10m")
    void protobufAgainAndAgain(byte[] piece) {
        byte[] positions = repeated("", piece, "");
        ByteArrayOutputStream resume = new ByteArrayOutputStream();
        try {
            CodedOutputStream out = CodedOutputStream.newInstance(resume);
            out.writeByteArray(ClientFrame.RESUME_FIELD_NUMBER, positions);
            out.flush();
        } catch (IOException e) {
            throw new AssertionError("an array takes bytes", e);
        }
        InputBudget.spend(() -> ClientFrames.protobuf(ByteBuffer.wrap(positions)));
        InputBudget.spend(() -> ClientFrames.protobuf(ByteBuffer.wrap(resume.toByteArray())));
    }

    @MethodSource("pieces")
    @FuzzTest(maxDuration = "10m")
    void jsonAgainAndAgain(byte[] piece) {
        byte[] bare = repeated("", piece, "");
        byte[] positions = repeated("{\"resume\":{\"positions\":[", piece, "{}]}}");
        InputBudget.spend(() -> ClientFrames.json(ByteBuffer.wrap(bare)));
        InputBudget.spend(() -> ClientFrames.json(ByteBuffer.wrap(positions)));
    }

    private static ClientFrame again(Read read) {
        return assertInstanceOf(Read.Frame.class, read).frame();
    }

    private static byte[] repeated(String before, byte[] piece, String after) {
        int room = FrameHandler.MESSAGE_BYTES_MAX - 4 - before.length() - after.length();
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(before.getBytes(StandardCharsets.UTF_8));
        for (int left = piece.length == 0 ? 0 : room / piece.length; left > 0; left--) {
            all.writeBytes(piece);
        }
        all.writeBytes(after.getBytes(StandardCharsets.UTF_8));
        return all.toByteArray();
    }

    private static ByteBuffer utf8(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    static Stream<Named<byte[]>> binary() {
        return Stream.concat(
                ClientFrameSeeds.all().map(frame -> named(frame.getCommandCase().name(), frame.toByteArray())),
                Stream.of(named("an empty position", new byte[] {0x0A, 0})));
    }

    static Stream<Named<byte[]>> text() {
        return Stream.concat(
                        ClientFrameSeeds.allJson(),
                        Stream.of(
                                "{\"ref\":1e2,\"ping\":{}}",
                                "{\"ref\":\"1e999999999\",\"ping\":{}}",
                                "{\"send\":{\"lane\":1,\"text\":\"\\ud83d\"}}",
                                "{\"send\":{\"client_msg_id\":\"AQID_-==\"},\"version\":1.0}"))
                .map(ClientFramesFuzzTest::named);
    }

    static Stream<Named<byte[]>> pieces() {
        return Stream.of("{},", "[", "{\"seq\":1},", "\"a\",", "0,", "{\"\":", "{\"conversation\":\"AAAA\"},")
                .map(ClientFramesFuzzTest::named);
    }

    private static Named<byte[]> named(String text) {
        return Named.named(text, text.getBytes(StandardCharsets.UTF_8));
    }

    private static Named<byte[]> named(String name, byte[] bytes) {
        return Named.named(name, bytes);
    }
}

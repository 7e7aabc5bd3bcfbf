package dev.switchboard.gateway.api.ws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.UnknownFieldSet;
import dev.switchboard.gateway.TestSocket;
import dev.switchboard.gateway.api.ws.ClientFrames.Read;
import dev.switchboard.gateway.desk.ResumeLanes;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.LanePosition;
import dev.switchboard.proto.v1.Ping;
import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.proto.v1.Resume;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClientFramesTest {
    private static Read read(byte[] bytes) {
        return ClientFrames.protobuf(ByteBuffer.wrap(bytes));
    }

    private static Read json(String text) {
        return ClientFrames.json(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static RefusalCode refusal(Read read) {
        return assertInstanceOf(Read.Refused.class, read).code();
    }

    @Test
    @Tag("P1")
    void refusesAFrameWithoutACommand() {
        assertEquals(RefusalCode.BAD_REQUEST, refusal(read(new byte[0])));
        ClientFrame onlyRef = ClientFrame.newBuilder().setRef(9).build();
        Read.Refused refused = assertInstanceOf(Read.Refused.class, read(onlyRef.toByteArray()));
        assertEquals(RefusalCode.BAD_REQUEST, refused.code());
        assertEquals(9, refused.ref());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "f0", // half a tag
                "f0 01", // no value
                "f0 01 ff", // half a varint
                "f0 01 ff ff ff ff ff ff ff ff ff ff 01", // 11 bytes of varint
                "32 7f", // longer than the rest
                "32 ff ff ff ff 07", // 2 GB
                "32 ff ff ff ff ff ff ff ff ff 01", // a negative length
                "00 00", // field 0
                "07", // wire type 7
                "34", // the end of a group that never began
                "34 32 00",
                "32 00 33" // a group without an end
            })
    @Tag("P2")
    void whatIsNoProtobufIsInvalid(String bytes) {
        assertInstanceOf(Read.Invalid.class, read(HexFormat.ofDelimiter(" ").parseHex(bytes)));
    }

    @Test
    @Tag("P2")
    @Tag("SEC24")
    void randomBytesNeverThrow() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[] good = ClientFrame.newBuilder()
                .setRef(77)
                .setResume(Resume.newBuilder()
                        .addPositions(LanePosition.newBuilder().setSeq(5)))
                .build()
                .toByteArray();
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = i % 2 == 0 ? new byte[random.nextInt(200)] : good.clone();
            if (i % 2 == 0) {
                random.nextBytes(bytes);
            } else {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            try {
                read(bytes);
                ClientFrames.json(ByteBuffer.wrap(bytes));
            } catch (RuntimeException | StackOverflowError e) {
                throw new AssertionError("seed " + seed + ": " + HexFormat.of().formatHex(bytes), e);
            }
        }
    }

    @Test
    @Tag("P3")
    void nestingIsBounded() {
        byte[] groups = new byte[10_000];
        Arrays.fill(groups, (byte) 0x0B);
        assertInstanceOf(Read.Invalid.class, read(groups));

        byte[] inASend = nested(0x0B, 10_000);
        assertInstanceOf(Read.Invalid.class, read(inASend));

        assertEquals(RefusalCode.BAD_REQUEST, refusal(json("[".repeat(30_000) + "]".repeat(30_000))));
        String objects = "{\"send\":".repeat(6_000) + "{}" + "}".repeat(6_000);
        assertEquals(RefusalCode.BAD_REQUEST, refusal(json(objects)));
    }

    /** A Send full of beginnings of groups. */
    private static byte[] nested(int tag, int depth) {
        byte[] inner = new byte[depth];
        Arrays.fill(inner, (byte) tag);
        return withField(1, inner);
    }

    private static byte[] withField(int number, byte[] content) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            CodedOutputStream out = CodedOutputStream.newInstance(bytes);
            out.writeBytes(number, ByteString.copyFrom(content));
            out.flush();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return bytes.toByteArray();
    }

    @Test
    @Tag("P5")
    @Tag("SEC25")
    void manyEmptyItemsCostLittle() {
        Resume.Builder resume = Resume.newBuilder();
        for (int i = 0; i < 30_000; i++) {
            resume.addPositions(LanePosition.getDefaultInstance());
        }
        byte[] many = ClientFrame.newBuilder().setResume(resume).build().toByteArray();
        ByteArrayOutputStream again = new ByteArrayOutputStream();
        byte[] one = ClientFrame.newBuilder()
                .setResume(Resume.newBuilder()
                        .addPositions(LanePosition.newBuilder().setSeq(1)))
                .build()
                .toByteArray();
        byte[] ping = ClientFrame.newBuilder()
                .setPing(Ping.getDefaultInstance())
                .build()
                .toByteArray();
        while (again.size() < 60_000) {
            again.writeBytes(one);
            again.writeBytes(ping);
        }
        for (int warmUp = 0; warmUp < 20; warmUp++) {
            read(many);
            read(again.toByteArray());
        }
        assertTrue(cpuMillis(many) < 20);
        assertTrue(cpuMillis(again.toByteArray()) < 20);
        assertEquals(RefusalCode.BAD_REQUEST, refusal(read(again.toByteArray())));
    }

    @Test
    @Tag("P5")
    @Tag("SEC25")
    void aResumeIsCountedBeforeItIsBuilt() {
        ClientFrame full = resume(ResumeLanes.LANES_MAX);
        assertEquals(
                full,
                assertInstanceOf(Read.Frame.class, read(full.toByteArray())).frame());
        assertEquals(
                full,
                assertInstanceOf(Read.Frame.class, json(ClientFrameSeeds.json(full)))
                        .frame());

        ClientFrame over = resume(ResumeLanes.LANES_MAX + 1);
        Read.Refused refused = assertInstanceOf(Read.Refused.class, read(over.toByteArray()));
        assertEquals(RefusalCode.TOO_MANY, refused.code());
        assertEquals(over.getRef(), refused.ref());
        assertEquals(
                RefusalCode.TOO_MANY, refusal(json("{\"resume\":{\"positions\":[" + "{},".repeat(20_000) + "{}]}}")));
    }

    private static ClientFrame resume(int lanes) {
        Resume.Builder resume = Resume.newBuilder();
        for (int i = 1; i <= lanes; i++) {
            resume.addPositions(LanePosition.newBuilder()
                    .setConversation(TestSocket.newId())
                    .setLane(Lane.STAFF)
                    .setEpoch(i)
                    .setSeq(i));
        }
        return ClientFrame.newBuilder().setResume(resume).setRef(5).build();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{ping:{}}",
                "{'ping':{}}",
                "{\"ping\":{};\"ref\":1}",
                "{\"ping\":{}}{}",
                "/**/{\"ping\":{}}",
                "{\"ref\"=1}"
            })
    @Tag("SEC25")
    void otherSpellingsOfJsonAreRefused(String text) {
        assertEquals(RefusalCode.BAD_REQUEST, refusal(json(text)));
    }

    @Test
    void whatLaterVersionsAddIsDropped() {
        byte[] later = ClientFrame.newBuilder()
                .setPing(Ping.newBuilder()
                        .setUnknownFields(UnknownFieldSet.newBuilder()
                                .addField(
                                        900,
                                        UnknownFieldSet.Field.newBuilder()
                                                .addVarint(1)
                                                .build())
                                .build()))
                .build()
                .toByteArray();
        ClientFrame ping =
                ClientFrame.newBuilder().setPing(Ping.getDefaultInstance()).build();
        assertEquals(ping, assertInstanceOf(Read.Frame.class, read(later)).frame());
    }

    /** The best of a few, because the machine may be busy with something else. */
    private static long cpuMillis(byte[] frame) {
        long best = Long.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            long before = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
            read(frame);
            best = Math.min(best, ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - before);
        }
        return best / 1_000_000;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"ref\":1e999999999,\"ping\":{}}",
                "{\"ref\":\"1e999999999\",\"ping\":{}}",
                "{\"ref\":-1,\"ping\":{}}",
                "{\"ref\":1.5,\"ping\":{}}",
                "{\"ping\":{},\"send\":{}}",
                "{\"send\":{\"clientMsgId\":\"***\"}}",
                "",
                "[]",
                "null",
                "{"
            })
    @Tag("SEC25")
    void jsonThatIsNoFrameIsRefused(String text) {
        assertEquals(RefusalCode.BAD_REQUEST, refusal(json(text)));
    }

    @Test
    @Tag("P6")
    void textIsUtf8() {
        byte[] owner = withField(3, new byte[] {(byte) 0xC3, 0x28});
        assertInstanceOf(Read.Invalid.class, read(withField(1, owner)));
        byte[] surrogate = withField(4, new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80});
        assertInstanceOf(Read.Invalid.class, read(withField(1, surrogate)));
        byte[] json = "{\"ping\":{}}".getBytes(StandardCharsets.UTF_8);
        json[3] = (byte) 0xFF;
        assertInstanceOf(Read.Invalid.class, ClientFrames.json(ByteBuffer.wrap(json)));
    }

    @ParameterizedTest
    @CsvSource({
        "32, UNSUPPORTED", // a later command
        "8, UNSUPPORTED", // Message
        "15, UNSUPPORTED", // Welcome
        "29, UNSUPPORTED",
        "40, UNSUPPORTED",
        "95, UNSUPPORTED",
        "96, BAD_REQUEST" // neither command nor frame, whatever comes: dropped
    })
    @Tag("P14")
    void typesOfServersAndOfLaterVersionsAreUnsupported(int field, RefusalCode code) {
        assertEquals(code, refusal(read(withField(field, new byte[0]))));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 1_000, -1})
    @Tag("P14")
    void newerVersionsAreUnsupported(int version) {
        ClientFrame newer = ClientFrame.newBuilder()
                .setPing(Ping.getDefaultInstance())
                .setVersion(version)
                .setRef(3)
                .build();
        Read.Refused refused = assertInstanceOf(Read.Refused.class, read(newer.toByteArray()));
        assertEquals(RefusalCode.UNSUPPORTED, refused.code());
        assertEquals(3, refused.ref());
    }

    @Test
    @Tag("P14")
    void unknownWordsInJsonAreUnsupported() {
        assertEquals(RefusalCode.UNSUPPORTED, refusal(json("{\"welcome\":{}}")));
        assertEquals(RefusalCode.UNSUPPORTED, refusal(json("{\"send\":{\"lane\":\"SECRET\"}}")));
    }
}

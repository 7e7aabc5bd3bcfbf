package dev.switchboard.benchmarks.load.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.Send;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SendFrameTest {
    private static final long RUN = 1_750_000_000_000L;

    @ParameterizedTest
    @ValueSource(ints = {32, 79, 80, 81, 100, 101, 102, 200, 4_000})
    void isWhatProtobufReads(int textBytes) throws InvalidProtocolBufferException {
        MessageIds ids = MessageIds.of(RUN, 42);
        SendFrame frame = new SendFrame(ids, 42, textBytes);
        ByteBuf wire = Unpooled.buffer();
        frame.write(wire, 0);
        frame.write(wire, 1L << 33);

        assertEquals(2 * frame.length(), wire.readableBytes());
        for (long number : new long[] {0, 1L << 33}) {
            Send send = ClientFrame.parseFrom(payload(wire)).getSend();
            assertEquals(MessageIds.BYTES, send.getClientMsgId().size());
            byte[] id = send.getClientMsgId().toByteArray();
            assertEquals(ids.high(), Words.idHalf(id, 0));
            assertEquals(number, MessageIds.number(Words.idHalf(id, 8)));
            byte[] text = send.getTextBytes().toByteArray();
            assertEquals(textBytes, text.length);
            assertTrue(new MessageText(42, textBytes).matches(number, text, 0, text.length));
        }
    }

    @Test
    void textsNameTheirUserAndNumber() {
        byte[] text = MessageText.template(7, 200);
        MessageText.number(text, 0, 12);

        assertTrue(new MessageText(7, 200).matches(12, text, 0, 200));
        assertFalse(new MessageText(7, 200).matches(13, text, 0, 200), "another number");
        assertFalse(new MessageText(8, 200).matches(12, text, 0, 200), "another user");
        assertFalse(new MessageText(7, 200).matches(12, text, 0, 199), "cut");
        text[199] ^= 1;
        assertFalse(new MessageText(7, 200).matches(12, text, 0, 200), "changed");
    }

    @Test
    void idsAreUuidsOfVersion7AndDifferByRunAndUser() {
        MessageIds ids = MessageIds.of(RUN, 4_095);

        assertEquals(7, ids.high() >> 12 & 0xF);
        assertEquals(0b10, MessageIds.low(5) >>> 62);
        assertNotEquals(ids, MessageIds.of(RUN + 1, 4_095));
        assertNotEquals(ids, MessageIds.of(RUN, 4_094));
        assertEquals(-1, MessageIds.number(5), "not ours");
        assertEquals(-1, MessageIds.number(MessageIds.low(1L << 40)), "not ours");
    }

    /** Takes one masked WebSocket frame with a binary message. */
    private static byte[] payload(ByteBuf wire) {
        assertEquals(0x82, wire.readUnsignedByte());
        int length = wire.readUnsignedByte();
        assertTrue(length >= 0x80, "masked");
        length &= 0x7F;
        length = length == 126 ? wire.readUnsignedShort() : length;
        assertEquals(0, wire.readInt(), "mask");
        byte[] payload = new byte[length];
        wire.readBytes(payload);
        return payload;
    }
}

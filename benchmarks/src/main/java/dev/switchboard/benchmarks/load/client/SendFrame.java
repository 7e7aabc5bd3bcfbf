package dev.switchboard.benchmarks.load.client;

import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.Send;
import io.netty.buffer.ByteBuf;

/**
 * A whole WebSocket frame that sends one message of one user. Made once; for each message only id and number change. Confined to
 * one thread.
 */
public final class SendFrame {
    private static final int BINARY = 0x82;
    private static final int MASKED = 0x80;
    private static final int LENGTH_7_BITS_MAX = 125;
    private static final int LENGTH_16_BITS = 126;
    private static final int DELIMITED = 2;

    private final byte[] frame;
    private final int idAt;
    private final int textAt;

    public SendFrame(MessageIds ids, int user, int textBytes) {
        byte[] text = MessageText.template(user, textBytes);
        int sendBytes = delimited(MessageIds.BYTES) + delimited(text.length);
        int payloadBytes = delimited(sendBytes);
        boolean isShort = payloadBytes <= LENGTH_7_BITS_MAX;
        frame = new byte[(isShort ? 2 : 4) + Integer.BYTES + payloadBytes];
        int at = 0;
        frame[at++] = (byte) BINARY;
        frame[at++] = (byte) (MASKED | (isShort ? payloadBytes : LENGTH_16_BITS));
        if (!isShort) {
            frame[at++] = (byte) (payloadBytes >> 8);
            frame[at++] = (byte) payloadBytes;
        }
        // A mask of zeros is as good as any, and nothing has to be masked.
        at += Integer.BYTES;
        at = start(at, ClientFrame.SEND_FIELD_NUMBER, sendBytes);
        idAt = start(at, Send.CLIENT_MSG_ID_FIELD_NUMBER, MessageIds.BYTES);
        Words.idHalf(frame, idAt, ids.high());
        textAt = start(idAt + MessageIds.BYTES, Send.TEXT_FIELD_NUMBER, text.length);
        System.arraycopy(text, 0, frame, textAt, text.length);
    }

    /** Bytes of each frame. */
    public int length() {
        return frame.length;
    }

    public void write(ByteBuf out, long number) {
        Words.idHalf(frame, idAt + Long.BYTES, MessageIds.low(number));
        MessageText.number(frame, textAt, number);
        out.writeBytes(frame);
    }

    private int start(int from, int field, int length) {
        int at = from;
        frame[at++] = (byte) (field << 3 | DELIMITED);
        int rest = length;
        while (rest > 0x7F) {
            frame[at++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        frame[at++] = (byte) rest;
        return at;
    }

    /** Bytes of a field with so much in it, its number being below 16. */
    private static int delimited(int length) {
        int bytes = 2 + length;
        for (int rest = length; rest > 0x7F; rest >>>= 7) {
            bytes++;
        }
        return bytes;
    }
}

package dev.switchboard.benchmarks.load.client;

import dev.switchboard.proto.v1.Accepted;
import dev.switchboard.proto.v1.Message;
import dev.switchboard.proto.v1.Refused;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.proto.v1.Stored;
import java.nio.charset.StandardCharsets;

/**
 * Reads WebSocket frames of a gateway out of an array and tells what they say, as far as a measurement needs it. Written by hand
 * so that the generator takes as little as possible of the cores it shares with what it measures. Confined to one thread.
 */
final class FrameReader {
    private static final int OPCODE_BINARY = 2;
    private static final int OPCODE_CLOSE = 8;
    private static final int OPCODE_PING = 9;
    private static final int OPCODE_PONG = 10;
    private static final int LENGTH_16_BITS = 126;
    private static final int LENGTH_64_BITS = 127;
    /** A gateway sends no longer message than a client may. */
    private static final int PAYLOAD_BYTES_MAX = 64 * 1024 + 1024;

    private final FrameListener listener;
    private final Control control;
    private final FieldCursor outer = new FieldCursor();
    private final FieldCursor inner = new FieldCursor();

    /** What concerns the connection itself. */
    interface Control {
        void ping(byte[] bytes, int from, int to);

        void close(int code, String reason);
    }

    FrameReader(FrameListener listener, Control control) {
        this.listener = listener;
        this.control = control;
    }

    /** Tells all whole frames; returns where the first byte stands that was not read yet. */
    int read(byte[] bytes, int from, int to) {
        int at = from;
        while (to - at >= 2) {
            int length = bytes[at + 1] & 0xFF;
            int header = 2;
            if (length == LENGTH_16_BITS) {
                if (to - at < 4) {
                    break;
                }
                length = (bytes[at + 2] & 0xFF) << 8 | (bytes[at + 3] & 0xFF);
                header = 4;
            } else if (length >= LENGTH_64_BITS) {
                throw new IllegalStateException("a masked frame, or one of more than 64 KiB");
            }
            if (length > PAYLOAD_BYTES_MAX) {
                throw new IllegalStateException("a frame of " + length + " bytes");
            }
            if (to - at - header < length) {
                break;
            }
            frame(bytes[at] & 0xFF, bytes, at + header, at + header + length);
            at += header + length;
        }
        return at;
    }

    private void frame(int first, byte[] bytes, int from, int to) {
        switch (first) {
            case 0x80 | OPCODE_BINARY -> serverFrame(bytes, from, to);
            case 0x80 | OPCODE_PING -> control.ping(bytes, from, to);
            case 0x80 | OPCODE_PONG -> {}
            case 0x80 | OPCODE_CLOSE -> {
                int code = to - from < 2 ? 1005 : (bytes[from] & 0xFF) << 8 | (bytes[from + 1] & 0xFF);
                control.close(code, reason(bytes, Math.min(from + 2, to), to));
            }
            default -> throw new IllegalStateException("a frame that begins with " + first);
        }
    }

    private static String reason(byte[] bytes, int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.UTF_8);
    }

    private void serverFrame(byte[] bytes, int from, int to) {
        outer.over(bytes, from, to);
        while (outer.next()) {
            if (outer.field() == ServerFrame.REF_FIELD_NUMBER) {
                outer.skip();
                continue;
            }
            int length = outer.delimited();
            inner.over(bytes, outer.position() - length, outer.position());
            switch (outer.field()) {
                case ServerFrame.MESSAGE_FIELD_NUMBER -> message(bytes);
                case ServerFrame.ACCEPTED_FIELD_NUMBER -> accepted(bytes);
                case ServerFrame.STORED_FIELD_NUMBER -> stored();
                case ServerFrame.REFUSED_FIELD_NUMBER -> refused(bytes);
                case ServerFrame.NOTICE_FIELD_NUMBER -> listener.notice();
                case ServerFrame.WELCOME_FIELD_NUMBER -> listener.welcome();
                // A beacon, or a hint after a gap: what a gap lost shows as a delivery that never came.
                case ServerFrame.SYNC_FIELD_NUMBER -> {}
                default -> listener.unexpected("frame " + outer.field());
            }
        }
    }

    private void message(byte[] bytes) {
        int id = -1;
        int seq = 0;
        int text = 0;
        int textLength = 0;
        while (inner.next()) {
            switch (inner.field()) {
                case Message.CLIENT_MSG_ID_FIELD_NUMBER -> id = idStart();
                case Message.TEXT_FIELD_NUMBER -> {
                    textLength = inner.delimited();
                    text = inner.position() - textLength;
                }
                case Message.SEQ_FIELD_NUMBER -> seq = inner.fixed32();
                default -> inner.skip();
            }
        }
        listener.message(high(bytes, id), low(bytes, id), seq, bytes, text, text + textLength);
    }

    private void accepted(byte[] bytes) {
        int id = -1;
        int seq = 0;
        boolean duplicate = false;
        while (inner.next()) {
            switch (inner.field()) {
                case Accepted.CLIENT_MSG_ID_FIELD_NUMBER -> id = idStart();
                case Accepted.SEQ_FIELD_NUMBER -> seq = (int) inner.varint();
                case Accepted.DUPLICATE_FIELD_NUMBER -> duplicate = inner.varint() != 0;
                default -> inner.skip();
            }
        }
        listener.accepted(high(bytes, id), low(bytes, id), seq, duplicate);
    }

    private void refused(byte[] bytes) {
        int id = -1;
        int code = 0;
        int retryAfterMillis = 0;
        while (inner.next()) {
            switch (inner.field()) {
                case Refused.CLIENT_MSG_ID_FIELD_NUMBER -> id = idStart();
                case Refused.CODE_FIELD_NUMBER -> code = (int) inner.varint();
                case Refused.RETRY_AFTER_MS_FIELD_NUMBER -> retryAfterMillis = (int) inner.varint();
                default -> inner.skip();
            }
        }
        listener.refused(low(bytes, id), code, retryAfterMillis);
    }

    private void stored() {
        int seq = 0;
        while (inner.next()) {
            if (inner.field() == Stored.SEQ_FIELD_NUMBER) {
                seq = (int) inner.varint();
            } else {
                inner.skip();
            }
        }
        listener.stored(seq);
    }

    private int idStart() {
        int length = inner.delimited();
        return length == MessageIds.BYTES ? inner.position() - length : -1;
    }

    private static long high(byte[] bytes, int id) {
        return id < 0 ? 0 : Words.idHalf(bytes, id);
    }

    private static long low(byte[] bytes, int id) {
        return id < 0 ? 0 : Words.idHalf(bytes, id + Long.BYTES);
    }
}

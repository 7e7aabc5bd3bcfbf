package dev.switchboard.benchmarks.load.client;

/**
 * Walks over the fields of one Protobuf message without building anything. Reused for message after message, confined to one
 * thread. Generated classes would do the same, for an object and several copies a message.
 */
final class FieldCursor {
    static final int VARINT = 0;
    static final int FIXED64 = 1;
    static final int DELIMITED = 2;
    static final int FIXED32 = 5;

    private byte[] bytes = {};
    private int at;
    private int end;
    private int field;
    private int wireType;

    /** Begins a message. */
    void over(byte[] bytes, int from, int to) {
        this.bytes = bytes;
        this.at = from;
        this.end = to;
    }

    /** Reads the next tag; false at the end of the message. */
    boolean next() {
        if (at >= end) {
            return false;
        }
        int tag = (int) varint();
        field = tag >>> 3;
        wireType = tag & 7;
        return true;
    }

    int field() {
        return field;
    }

    long varint() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            byte next = bytes[at++];
            value |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IllegalStateException("a varint of more than ten bytes");
    }

    int fixed32() {
        int value = Words.fixed32(bytes, at);
        at += Integer.BYTES;
        return value;
    }

    /** Reads the length of a delimited field and passes over its content, which ends at {@link #position}. */
    int delimited() {
        int length = (int) varint();
        if (length < 0 || length > end - at) {
            throw new IllegalStateException("a field is longer than its message");
        }
        at += length;
        return length;
    }

    /** Where the next field begins. */
    int position() {
        return at;
    }

    void skip() {
        switch (wireType) {
            case VARINT -> varint();
            case FIXED64 -> at += Long.BYTES;
            case DELIMITED -> delimited();
            case FIXED32 -> at += Integer.BYTES;
            default -> throw new IllegalStateException("wire type " + wireType);
        }
    }
}

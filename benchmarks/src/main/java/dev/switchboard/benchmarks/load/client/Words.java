package dev.switchboard.benchmarks.load.client;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Numbers of several bytes in an array, one instruction each. Stateless. */
final class Words {
    private static final VarHandle BIG_ENDIAN_LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LITTLE_ENDIAN_INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private Words() {}

    /** Ids are most significant byte first. */
    static long idHalf(byte[] bytes, int at) {
        return (long) BIG_ENDIAN_LONG.get(bytes, at);
    }

    static void idHalf(byte[] bytes, int at, long value) {
        BIG_ENDIAN_LONG.set(bytes, at, value);
    }

    /** Protobuf's fixed32. */
    static int fixed32(byte[] bytes, int at) {
        return (int) LITTLE_ENDIAN_INT.get(bytes, at);
    }
}

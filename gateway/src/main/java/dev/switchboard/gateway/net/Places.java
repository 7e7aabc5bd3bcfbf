package dev.switchboard.gateway.net;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/**
 * How many connections a gateway takes. Never more than its process may open files: who comes then must hear a refusal, and what
 * it needs to reach Redis and MySQL must be left. Immutable, any thread.
 *
 * @param connections that may be open
 * @param beforeHandshake on top of those, before their handshake or being refused; beyond it they are closed at once
 */
public record Places(int connections, int beforeHandshake) {
    static final int BEFORE_HANDSHAKE_MAX = 1_000;

    /** For Redis, keys, the private port and what Java loads when it is first needed. */
    private static final int FILES_RESERVED = 32;

    /** Where files are few: one of so many is left to those before their handshake. */
    private static final int SHARE_BEFORE_HANDSHAKE = 10;

    /** As many connections as wanted if there are files for them, else fewer. Asks the system how many this process may still open. */
    public static Places of(int connectionsMax, int databaseConnectionsMax) {
        return within(connectionsMax, filesLeft() - databaseConnectionsMax - FILES_RESERVED);
    }

    static Places within(int connectionsMax, long files) {
        if ((long) connectionsMax + BEFORE_HANDSHAKE_MAX <= files) {
            return new Places(connectionsMax, BEFORE_HANDSHAKE_MAX);
        }
        int beforeHandshake = (int) Math.max(1, Math.min(BEFORE_HANDSHAKE_MAX, files / SHARE_BEFORE_HANDSHAKE));
        return new Places((int) Math.max(1, Math.min(connectionsMax, files - beforeHandshake)), beforeHandshake);
    }

    private static long filesLeft() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
                ? system.getMaxFileDescriptorCount() - system.getOpenFileDescriptorCount()
                : Integer.MAX_VALUE;
    }
}

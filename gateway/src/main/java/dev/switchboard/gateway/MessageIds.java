package dev.switchboard.gateway;

import java.time.Clock;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;

/** Ids of messages: UUIDv7, so that they sort roughly by time. They are names, not secrets. Any thread may call it. */
record MessageIds(Clock clock) implements Supplier<UUID> {
    private static final long VERSION_7 = 0x7000L;
    private static final long VARIANT = 0x8000_0000_0000_0000L;

    @Override
    public UUID get() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        long high = (clock.millis() << 16) | VERSION_7 | (random.nextInt() & 0xFFF);
        long low = VARIANT | (random.nextLong() & 0x3FFF_FFFF_FFFF_FFFFL);
        return new UUID(high, low);
    }
}

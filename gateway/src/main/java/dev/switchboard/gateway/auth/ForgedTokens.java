package dev.switchboard.gateway.auth;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Addresses that send tokens which nobody issued. After too many within a minute an address is refused for a minute, before
 * anything it sends is verified. Counted here at once, and among all gateways by whom it reports to. Any thread may call it.
 */
public final class ForgedTokens {
    /** In which failures are counted, and for which an address is refused. */
    public static final Duration WINDOW = Duration.ofMinutes(1);

    /** Addresses remembered; beyond it the one that was heard of longest ago is forgotten. */
    static final int ADDRESSES_MAX = 10_000;

    private final int perWindowMax;
    private final LongSupplier nanoClock;
    private final Consumer<String> report;
    /** Who was heard of last stands last. Guarded by itself. */
    private final Map<String, Count> byAddress = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Count> eldest) {
            return size() > ADDRESSES_MAX;
        }
    };
    /** Most of the time there is nobody: then nobody waits for the lock. */
    private volatile boolean any;

    /** Failures since the first of a window; at the most of them the address is refused for a window from {@code since}. */
    private record Count(int failures, long since) {}

    /**
     * One for all doors.
     *
     * @param report hears of every failure, to count those of all gateways; called on the caller's thread
     */
    public ForgedTokens(int perWindowMax, LongSupplier nanoClock, Consumer<String> report) {
        this.perWindowMax = perWindowMax;
        this.nanoClock = nanoClock;
        this.report = report;
    }

    /** For how long this address is to be refused; zero for not at all. */
    public Duration refusedFor(String address) {
        if (!any || address.isEmpty()) {
            return Duration.ZERO;
        }
        synchronized (byAddress) {
            Count count = byAddress.get(address);
            long left = count == null ? 0 : count.since() + WINDOW.toNanos() - nanoClock.getAsLong();
            return count == null || left <= 0 || count.failures() < perWindowMax
                    ? Duration.ZERO
                    : Duration.ofNanos(left);
        }
    }

    /** This address has sent too many, perhaps to other gateways. */
    public void refuse(String address) {
        put(address, new Count(perWindowMax, nanoClock.getAsLong()));
    }

    /** This address, if it is known, has sent one. */
    void failed(String address) {
        if (address.isEmpty()) {
            return;
        }
        long now = nanoClock.getAsLong();
        synchronized (byAddress) {
            @Nullable Count before = byAddress.get(address);
            boolean goesOn = before != null && now - before.since() < WINDOW.toNanos();
            int failures = before != null && goesOn ? before.failures() + 1 : 1;
            put(
                    address,
                    new Count(failures, before != null && failures < perWindowMax && goesOn ? before.since() : now));
        }
        report.accept(address);
    }

    private void put(String address, Count count) {
        synchronized (byAddress) {
            byAddress.remove(address);
            byAddress.put(address, count);
            any = true;
        }
    }
}

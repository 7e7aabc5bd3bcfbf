package dev.switchboard.gateway.auth;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tokens that were verified at some expense, so that a reconnect costs nothing. Any thread. Holds good ones only, so nobody
 * without a good token fills it; a token counts no longer than its {@code exp}, or than the key ring it was verified with.
 */
final class VerifiedTokens {
    private final Map<String, Verified> entries;

    private record Verified(Identity identity, KeyRing verifiedWith) {}

    /** At {@code tokensMax} the one longest unused makes room. */
    VerifiedTokens(int tokensMax) {
        entries = new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Verified> eldest) {
                return size() > tokensMax;
            }
        };
    }

    synchronized @Nullable Identity find(String token, KeyRing ring, Instant now) {
        Verified entry = entries.get(token);
        if (entry == null) {
            return null;
        }
        if (!entry.verifiedWith().equals(ring) || !now.isBefore(entry.identity().expiresAt())) {
            entries.remove(token);
            return null;
        }
        return entry.identity();
    }

    synchronized void put(String token, Identity identity, KeyRing ring) {
        entries.put(token, new Verified(identity, ring));
    }

    synchronized int size() {
        return entries.size();
    }
}

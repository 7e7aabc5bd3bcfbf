package dev.switchboard.gateway.auth;

import java.security.Key;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The keys that tokens are verified with at one moment. Immutable. All of them only verify, so a key that was replaced stays
 * in as long as tokens made with it may live.
 */
record KeyRing(List<VerificationKey> keys) {
    /** Keys that a token without {@code kid} is tried against; it fails on the others. */
    static final int TRIES_MAX = 4;

    /** One key, and the one algorithm it may be used with. */
    record VerificationKey(@Nullable String kid, SigningAlgorithm algorithm, Key key) {}

    KeyRing {
        keys = List.copyOf(keys);
    }

    KeyRing and(KeyRing other) {
        List<VerificationKey> both = new ArrayList<>(keys);
        both.addAll(other.keys);
        return new KeyRing(both);
    }

    boolean isEmpty() {
        return keys.isEmpty();
    }

    /** Those that may have signed a token with this header. A token that names a key is verified with no other. */
    List<VerificationKey> candidates(@Nullable String kid, SigningAlgorithm algorithm) {
        List<VerificationKey> found = new ArrayList<>();
        for (VerificationKey key : keys) {
            boolean named = kid == null || kid.equals(key.kid());
            if (named && key.algorithm() == algorithm && found.size() < TRIES_MAX) {
                found.add(key);
            }
        }
        return found;
    }
}

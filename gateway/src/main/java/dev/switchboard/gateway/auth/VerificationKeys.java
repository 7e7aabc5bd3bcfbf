package dev.switchboard.gateway.auth;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds the keys in force and renews those that live elsewhere, on one thread of its own ({@code jwt-keys}). Any thread reads.
 *
 * <p>Rotation: file and URL are read again every {@code refresh} (5 minutes unless set), so a key that was published that
 * long, plus {@link #FETCH_GAP_MIN}, before its first use never fails a token. A token with an unknown key starts a refresh
 * at once, but never waits for it: the client's next try finds the key. If a refresh fails, the keys at hand stay in force.
 */
public final class VerificationKeys implements AutoCloseable {
    /** Between two fetches, whatever tokens ask for. What they ask for meanwhile is not fetched. */
    static final Duration FETCH_GAP_MIN = Duration.ofSeconds(60);

    /** Until the first keys are there, nobody can sign in, so it is tried more often. */
    private static final Duration FIRST_FETCH_GAP = Duration.ofSeconds(5);

    private static final Logger log = LoggerFactory.getLogger(VerificationKeys.class);

    private final KeyRing secrets;
    private final @Nullable Path file;
    private final @Nullable JwksUrl url;
    private final Clock clock;
    private final AtomicReference<Instant> fetchedAt = new AtomicReference<>(Instant.EPOCH);
    private final ScheduledExecutorService thread;

    // Written by one thread at a time: the starting one, then "jwt-keys".
    private volatile KeyRing fromFile = new KeyRing(List.of());
    private volatile KeyRing fromUrl = new KeyRing(List.of());
    private volatile KeyRing current;

    private VerificationKeys(KeySettings settings, Clock clock) {
        this.secrets =
                new KeyRing(settings.secrets().stream().map(SharedSecret::key).toList());
        this.file = settings.file().orElse(null);
        this.url = settings.jwksUrl().map(JwksUrl::new).orElse(null);
        this.clock = clock;
        this.current = secrets;
        this.thread = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread named = new Thread(task, "jwt-keys");
            named.setDaemon(true);
            return named;
        });
    }

    /**
     * Reads all keys once, for which it may block some seconds. A URL that doesn't answer is tried again in the background
     * and shows in {@link #notReady}; the platform may be starting too.
     *
     * @throws IOException if the key file can't be used
     */
    public static VerificationKeys start(AuthConfig config, Clock clock) throws IOException {
        KeySettings settings = config.keys();
        VerificationKeys keys = new VerificationKeys(settings, clock);
        if (keys.file != null) {
            try {
                keys.fromFile = read(keys.file);
            } catch (IOException e) {
                keys.close();
                throw e;
            }
        }
        keys.fetch();
        if (keys.file != null || keys.url != null) {
            long refresh = settings.refresh().toMillis();
            keys.thread.scheduleWithFixedDelay(keys::refresh, refresh, refresh, TimeUnit.MILLISECONDS);
            keys.thread.scheduleWithFixedDelay(
                    keys::retryFirst, FIRST_FETCH_GAP.toMillis(), FIRST_FETCH_GAP.toMillis(), TimeUnit.MILLISECONDS);
        }
        return keys;
    }

    KeyRing current() {
        return current;
    }

    /** A token names a key that we lack. Returns at once. */
    void lacking() {
        if (url == null || fromUrl.isEmpty() || !claimFetch()) {
            return;
        }
        try {
            thread.execute(this::fetch);
        } catch (RejectedExecutionException e) {
            log.debug("event=jwks-not-fetched reason=closing");
        }
    }

    /** Why nobody can sign in; empty if somebody can. */
    public Optional<String> notReady() {
        return current.isEmpty() ? Optional.of("no keys to verify tokens with were fetched yet") : Optional.empty();
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }

    void refresh() {
        if (file != null) {
            try {
                fromFile = read(file);
                publish();
            } catch (IOException e) {
                log.warn("event=key-file-not-read reason=\"{}\"", e.getMessage());
            }
        }
        if (claimFetch()) {
            fetch();
        }
    }

    private void retryFirst() {
        if (url != null && fromUrl.isEmpty()) {
            fetch();
        }
    }

    /** True for one caller at most in each {@link #FETCH_GAP_MIN}. */
    private boolean claimFetch() {
        Instant now = clock.instant();
        Instant last = fetchedAt.get();
        // The absolute value: a clock that was set back must not stop us for as long.
        boolean due = Duration.between(last, now).abs().compareTo(FETCH_GAP_MIN) >= 0;
        return due && fetchedAt.compareAndSet(last, now);
    }

    private void fetch() {
        if (url != null) {
            fetchedAt.set(clock.instant());
            try {
                fromUrl = url.fetch();
            } catch (IOException | RuntimeException e) {
                // Whatever a stranger's document does to its parser, it must not end the schedule.
                log.warn("event=jwks-not-fetched reason=\"{}\"", e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        publish();
    }

    /** Keeps the ring where nothing changed: tokens that were verified with it stay known. */
    private void publish() {
        KeyRing next = secrets.and(fromFile).and(fromUrl);
        if (!next.equals(current)) {
            log.info("event=jwt-keys count={}", next.keys().size());
            current = next;
        }
    }

    private static KeyRing read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return KeyDocument.parse(in.readNBytes(KeyDocument.BYTES_MAX + 1));
        } catch (IOException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }

    /** Why this file can't be used; empty if it can. */
    static Optional<String> weakness(Path file) {
        try {
            read(file);
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of("names a file that can't be used: " + e.getMessage());
        }
    }
}

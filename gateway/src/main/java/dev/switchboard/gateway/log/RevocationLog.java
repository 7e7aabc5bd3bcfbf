package dev.switchboard.gateway.log;

import dev.switchboard.gateway.auth.Revocation;
import dev.switchboard.gateway.auth.Revocations;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.Script;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.ScriptOutputType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was revoked, as Redis holds it for all gateways: records some, and keeps the copy of this gateway up to date. It reads
 * what is new when it is told to, and every few seconds in any case, because who tells it may not be heard. Works on one event
 * loop; any thread may call it.
 *
 * <p>What always holds: one reading is under way at a time, and another follows.
 */
public final class RevocationLog {
    private static final Logger log = LoggerFactory.getLogger(RevocationLog.class);

    /** Records in one answer; there is another one behind it. */
    private static final int PAGE_RECORDS_MAX = 1_000;

    /** Values of the answer before its records, and of each of those. */
    private static final int HEAD_VALUES = 2;

    private static final int RECORD_VALUES = 3;

    /** Until the first copy nobody can be let in. */
    private static final int FIRST_READ_MILLIS = 50;

    private static final byte[][] KEYS = {
        bytes(Keys.REVOCATION), bytes(Keys.REVOKED), bytes(Keys.REVOKED_UNTIL),
    };

    private final RedisLine line;
    private final Revocations revocations;
    private final Duration timeout;
    private final LongSupplier nanoClock;
    private @Nullable String replicationId;
    private long last;
    private boolean reading;
    private boolean wanted;
    private boolean failing;

    public RevocationLog(RedisLine line, Revocations revocations, LogLimits limits, LongSupplier nanoClock) {
        this.line = line;
        this.revocations = revocations;
        this.timeout = limits.timeout();
        this.nanoClock = nanoClock;
    }

    /** Redis holds as many as it may. */
    public static final class Full extends RuntimeException {
        private static final long serialVersionUID = 1;

        Full() {
            super("too many revocations", null, false, false);
        }
    }

    public void start() {
        line.loop().execute(this::readInTurn);
    }

    private void readInTurn() {
        read();
        if (!line.loop().isShuttingDown()) {
            long wait = revocations.begun() ? revocations.rules().poll().toMillis() : FIRST_READ_MILLIS;
            line.loop().schedule(this::readInTurn, wait, TimeUnit.MILLISECONDS);
        }
    }

    /** There may be something new. */
    public void look() {
        line.loop().execute(this::read);
    }

    /**
     * Records it for as long as it must be known. Completes when Redis has it, and this gateway goes by it; the others hear of
     * it. Fails with {@link Full}, or if Redis can't be asked.
     */
    public CompletionStage<Void> record(Revocation revocation, Duration life) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        line.loop().execute(() -> {
            CompletionStage<byte[]> answer = line.run(
                    Script.REVOKE,
                    ScriptOutputType.VALUE,
                    KEYS,
                    bytes(revocation.kind()),
                    bytes(revocation.subject()),
                    bytes(Long.toString(life.toMillis())),
                    bytes(Integer.toString(revocations.rules().recordsMax())),
                    bytes(Keys.ACCESS_ROOM));
            line.inTime(answer, timeout).whenComplete((record, error) -> {
                if (error != null) {
                    done.completeExceptionally(error);
                } else if (record == null) {
                    log.error("not revoked, there are too many records: raise SWITCHBOARD_REVOCATIONS_MAX");
                    done.completeExceptionally(new Full());
                } else {
                    Revocation.parse(text(record))
                            .ifPresent(known -> revocations.add(List.of(new Revocations.Entry(known, life))));
                    done.complete(null);
                }
            });
        });
        return done;
    }

    private void read() {
        if (reading) {
            wanted = true;
            return;
        }
        reading = true;
        if (!revocations.begun()) {
            last = 0;
        }
        readPage(nanoClock.getAsLong()).whenComplete((done, error) -> {
            reading = false;
            if (error != null) {
                notRead(error);
            } else if (failing) {
                failing = false;
                log.info("revocations read again");
            }
            if (wanted && error == null) {
                wanted = false;
                read();
            }
        });
    }

    private void notRead(Throwable error) {
        Throwable cause = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
        boolean answered = cause instanceof RedisCommandExecutionException;
        revocations.notConfirmed(answered);
        // What was lost with a fail-over meanwhile may have been numbered anew.
        last = 0;
        if (!failing && revocations.begun()) {
            failing = true;
            log.warn("revocations not read error={}", cause.toString());
        }
    }

    private CompletableFuture<Void> readPage(long startedNanos) {
        CompletionStage<List<Object>> answer = line.run(
                Script.REVOKED,
                ScriptOutputType.MULTI,
                KEYS,
                bytes(Long.toString(last)),
                bytes(Integer.toString(PAGE_RECORDS_MAX)));
        return line.inTime(answer, timeout).thenCompose(values -> {
            String replication = text(Objects.requireNonNull(values.get(0)));
            boolean another = replicationId != null && !replicationId.equals(replication);
            replicationId = replication;
            if (last > 0 && (another || (Long) values.get(1) < last)) {
                last = 0;
                return readPage(startedNanos);
            }
            List<Revocations.Entry> found = entries(values);
            revocations.add(found);
            if (values.size() == HEAD_VALUES + RECORD_VALUES * PAGE_RECORDS_MAX) {
                return readPage(startedNanos);
            }
            revocations.confirmed(startedNanos);
            return CompletableFuture.completedFuture(null);
        });
    }

    private List<Revocations.Entry> entries(List<Object> values) {
        List<Revocations.Entry> found = new ArrayList<>();
        for (int at = HEAD_VALUES; at + RECORD_VALUES <= values.size(); at += RECORD_VALUES) {
            Duration remaining = Duration.ofMillis((Long) values.get(at + 2));
            Revocation.parse(text(values.get(at)))
                    .ifPresent(known -> found.add(new Revocations.Entry(known, remaining)));
            last = (Long) values.get(at + 1);
        }
        return found;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(Object answer) {
        return new String((byte[]) answer, StandardCharsets.UTF_8);
    }
}

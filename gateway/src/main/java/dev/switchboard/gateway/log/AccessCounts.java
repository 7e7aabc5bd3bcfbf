package dev.switchboard.gateway.log;

import dev.switchboard.wire.Keys;
import dev.switchboard.wire.Script;
import io.lettuce.core.ScriptOutputType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is counted in Redis for all gateways together, besides messages: requests over HTTP and forged tokens. One for each event
 * loop, which its answers come on; forged tokens may be reported by any thread.
 */
public final class AccessCounts {
    private static final Logger log = LoggerFactory.getLogger(AccessCounts.class);

    /** A request waits no longer for its count. */
    private static final Duration WAIT = Duration.ofMillis(250);

    private final RedisLine line;

    public AccessCounts(RedisLine line) {
        this.line = line;
    }

    /** How long this user has to wait; zero for a request that is admitted. Fails if Redis does not say so in time. */
    public CompletionStage<Duration> asked(String user, boolean admin, int burst, Duration interval) {
        CompletionStage<Long> wait = line.run(
                Script.ASKED,
                ScriptOutputType.INTEGER,
                new byte[][] {bytes(Keys.asked(user, admin))},
                bytes(Integer.toString(burst)),
                bytes(Double.toString(interval.toNanos() / 1e6)));
        return line.inTime(wait, WAIT).thenApply(Duration::ofMillis);
    }

    /** Counts a forged token; all gateways hear of it when it was one too many. Completes with whether it was. */
    public CompletionStage<Boolean> forged(String address, int most, Duration window) {
        CompletableFuture<Boolean> tooMany = new CompletableFuture<>();
        line.loop().execute(() -> {
            CompletionStage<Long> refused = line.run(
                    Script.FAILED,
                    ScriptOutputType.INTEGER,
                    new byte[][] {bytes(Keys.failed(address))},
                    bytes(Integer.toString(most)),
                    bytes(Long.toString(window.toMillis())),
                    bytes(Keys.ACCESS_ROOM),
                    bytes(address));
            refused.whenComplete((millis, error) -> {
                if (error != null) {
                    log.debug("forged token counted on this gateway alone error={}", error.toString());
                }
                tooMany.complete(error == null && millis > 0);
            });
        });
        return tooMany;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

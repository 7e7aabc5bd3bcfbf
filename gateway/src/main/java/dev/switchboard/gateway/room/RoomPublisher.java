package dev.switchboard.gateway.room;

import dev.switchboard.gateway.log.LogLimits;
import dev.switchboard.gateway.log.RedisLine;
import dev.switchboard.proto.v1.Envelope;
import dev.switchboard.proto.v1.Publication;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/**
 * Publishes what does not stand in the log. What does is published by the script that stores it, and by nobody else. Any
 * thread may call it; it uses the line of one event loop.
 */
public final class RoomPublisher {
    private final RedisLine line;
    private final Duration timeout;

    public RoomPublisher(RedisLine line, LogLimits limits) {
        this.line = line;
        this.timeout = limits.timeout();
    }

    /** Completes when Redis has taken it, fails if Redis can't be asked in time. Who hears it nobody knows. */
    public CompletionStage<Void> publish(String room, Envelope envelope) {
        byte[] publication =
                Publication.newBuilder().addEnvelopes(envelope).build().toByteArray();
        byte[] channel = room.getBytes(StandardCharsets.UTF_8);
        CompletableFuture<Void> taken = new CompletableFuture<>();
        line.loop()
                .execute(() -> line.ask(redis -> redis.spublish(channel, publication))
                        .whenComplete((receivers, error) -> {
                            if (error == null) {
                                taken.complete(null);
                            } else {
                                taken.completeExceptionally(error);
                            }
                        }));
        return taken.orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS);
    }
}

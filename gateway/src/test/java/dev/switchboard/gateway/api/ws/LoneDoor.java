package dev.switchboard.gateway.api.ws;

import dev.switchboard.gateway.auth.TokenVerifier;
import dev.switchboard.gateway.desk.MarkRead;
import dev.switchboard.gateway.desk.RenewIdentity;
import dev.switchboard.gateway.desk.ResumeLanes;
import dev.switchboard.gateway.desk.SendMessage;
import dev.switchboard.gateway.desk.TextRules;
import dev.switchboard.gateway.desk.WatchConversation;
import dev.switchboard.gateway.log.Append;
import dev.switchboard.gateway.log.Confirmation;
import dev.switchboard.gateway.log.Durability;
import dev.switchboard.gateway.log.InFlight;
import dev.switchboard.gateway.log.LaneReader;
import dev.switchboard.gateway.log.LogLimits;
import dev.switchboard.gateway.log.LoopLog;
import dev.switchboard.gateway.log.RedisFitness;
import dev.switchboard.gateway.log.RedisLine;
import dev.switchboard.gateway.log.lane.ReadMarkLog;
import dev.switchboard.gateway.ops.GatewayMeters;
import dev.switchboard.proto.v1.Limits;
import io.netty.channel.EventLoop;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.UUID;

/** The door of a gateway that never reaches its Redis: every use case is real, and ends as it would then. */
public final class LoneDoor {
    private static final LogLimits LIMITS =
            new LogLimits(1_000_000, 80, 100_000, Duration.ofHours(12), 5_000, 32 << 20, Duration.ofSeconds(2));

    private LoneDoor() {}

    /** A door of this event loop, whose clock stands still. */
    @SuppressWarnings("NullAway") // A line that is never started needs nothing to connect with.
    public static NativeDoor on(EventLoop loop, TokenVerifier verifier, GatewayMeters meters) {
        RedisLine line = new RedisLine(loop, null);
        RedisFitness redis = new RedisFitness();
        LaneReader lanes = new LaneReader(line, LIMITS);
        ResumeLanes resume = new ResumeLanes(lanes, null, null, meters);
        Append.Rate rate = new Append.Rate(20, 1_000);
        SendMessage send = new SendMessage(
                new LoopLog(
                        line,
                        redis,
                        new InFlight(LIMITS),
                        LIMITS,
                        Confirmation.of(new Durability.Local(), line, lanes, LIMITS),
                        meters),
                lanes,
                new TextRules(4_000, 16 * 1024),
                new SendMessage.Rates(rate, rate),
                () -> new UUID(1, 2));
        MarkRead marks = new MarkRead(new ReadMarkLog(line, redis, LIMITS)::raise, System::nanoTime);
        return new NativeDoor(
                new NativeDoor.UseCases(
                        send, new WatchConversation(resume), resume, marks, new RenewIdentity(verifier)),
                new Answers(
                        Limits.getDefaultInstance(), Clock.fixed(Instant.ofEpochSecond(1_900_000_000), ZoneOffset.UTC)),
                meters);
    }
}

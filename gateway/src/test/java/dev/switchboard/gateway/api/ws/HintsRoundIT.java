package dev.switchboard.gateway.api.ws;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.gateway.Gateway;
import dev.switchboard.gateway.GatewayRig;
import dev.switchboard.gateway.LogCapture;
import dev.switchboard.gateway.TestSocket;
import dev.switchboard.gateway.auth.TokenMint;
import dev.switchboard.gateway.desk.ResumeLanes;
import dev.switchboard.gateway.log.LaneReader;
import dev.switchboard.gateway.log.LogLimits;
import dev.switchboard.gateway.log.RedisConnections;
import dev.switchboard.gateway.log.RedisLine;
import dev.switchboard.gateway.log.lane.OpenConversations;
import dev.switchboard.gateway.ops.GatewayMeters;
import dev.switchboard.gateway.session.Session;
import dev.switchboard.gateway.session.TickFlush;
import dev.switchboard.gateway.session.UsualLimits;
import dev.switchboard.gateway.session.WireFormat;
import dev.switchboard.proto.v1.Limits;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.proto.v1.ServerFrame.FrameCase;
import dev.switchboard.servers.Await;
import dev.switchboard.settings.Secret;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The rounds of beacons to whoever follows all, when something that nobody foresaw fails in one of them. */
class HintsRoundIT {
    private static final LogLimits LIMITS =
            new LogLimits(1_000, 80, 1_000, Duration.ofHours(1), 100, 1 << 20, Duration.ofSeconds(2));

    /** Fails at the first beacon it gets, and takes those that follow. */
    private static final class Stumbling extends EmbeddedChannel {
        final AtomicInteger beacons = new AtomicInteger();
        volatile boolean welcomed;

        @Override
        public ByteBufAllocator alloc() {
            if (welcomed && beacons.incrementAndGet() == 1) {
                throw new IllegalStateException("nobody foresaw this");
            }
            return super.alloc();
        }
    }

    @Test
    void theNextRoundComesAllTheSame() throws IOException {
        MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(
                1, Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
        GatewayMeters meters = new GatewayMeters("test");
        Stumbling channel = new Stumbling();
        try (GatewayRig rig = new GatewayRig();
                RedisConnections connections =
                        new RedisConnections(new Secret(rig.redis().url()), Duration.ofSeconds(2));
                RedisLine line = new RedisLine(loops.next(), connections);
                LogCapture logged = new LogCapture()) {
            Gateway gateway = rig.gateway();
            try (TestSocket ana = GatewayRig.user(gateway, "ana")) {
                ana.send(TestSocket.say("something to tell of"));
                ana.await(FrameCase.ACCEPTED);
            }
            line.start();
            assertTrue(Await.until(TestSocket.PATIENCE, line::connected));
            Hints hints = hints(line, meters);
            Session session = new Session(
                    1,
                    TokenMint.identity("sofia", Role.ADMIN, Instant.now().plusSeconds(600)),
                    channel,
                    WireFormat.PROTOBUF,
                    new Session.LoopParts(
                            0, new TickFlush(channel.eventLoop()), UsualLimits.total(), UsualLimits.LIMITS, meters));
            session.watches().followAll();
            session.welcome(ServerFrame.getDefaultInstance());
            channel.welcomed = true;
            line.loop().execute(() -> hints.add(session));
            hints.start();

            assertTrue(Await.until(TestSocket.PATIENCE, () -> channel.beacons.get() >= 3));
            assertTrue(
                    logged.count(text -> text.contains("beacon round failed")) == 1,
                    () -> String.join("\n", logged.lines()));
            assertTrue(meters.scrape().contains("where=\"beacon-round\"} 1.0"));
            line.loop().submit(() -> hints.remove(session)).syncUninterruptibly();
        } finally {
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
            channel.finishAndReleaseAll();
            meters.close();
        }
    }

    @SuppressWarnings("NullAway") // Heads are read without what catches up.
    private static Hints hints(RedisLine line, GatewayMeters meters) {
        ResumeLanes resume = new ResumeLanes(new LaneReader(line, LIMITS), null, null, meters);
        Answers answers = new Answers(Limits.getDefaultInstance(), Clock.systemUTC());
        OpenConversations open = new OpenConversations(line, LIMITS);
        return new Hints(new Hints.Parts(line.loop(), resume, open, answers, meters), Duration.ofSeconds(1));
    }
}

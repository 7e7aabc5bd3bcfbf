package dev.switchboard.gateway.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.gateway.LogCapture;
import dev.switchboard.gateway.TestSocket;
import dev.switchboard.gateway.ops.GatewayMeters;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway") // Nobody is there to authenticate: what happens then is the test.
class HandshakeTest {
    @Test
    void anErrorNobodyForesawGivesThePlaceBack() {
        GatewayMeters meters = new GatewayMeters("test");
        ConnectionLimits limits =
                new ConnectionLimits(new Places(1, Places.BEFORE_HANDSHAKE_MAX), 1, 10, System::nanoTime);
        HttpAnswers answers = new HttpAnswers(meters, false);
        Handshake handshake = new Handshake(
                null,
                limits,
                ClientAddress.direct(),
                List::of,
                (channel, identity, format, started, leave) -> {},
                new Handshake.Reports(meters, answers));
        Duration patience = Duration.ofSeconds(10);
        HttpService service = new HttpService(loop -> null, new HttpService.Times(patience, patience), () -> false);
        try (LogCapture logged = new LogCapture()) {
            for (int i = 0; i < 2; i++) {
                EmbeddedChannel channel = new Connected(new PublicPipeline(handshake, answers, null, service));
                String request = String.join("\r\n", TestSocket.handshakeLines("switchboard.v1")) + "\r\n\r\n";
                channel.writeInbound(Unpooled.copiedBuffer(request, StandardCharsets.US_ASCII));
                ByteBuf answer = channel.readOutbound();
                assertTrue(answer.toString(StandardCharsets.US_ASCII).startsWith("HTTP/1.1 500"));
                answer.release();
                channel.finishAndReleaseAll();
                assertEquals(0, limits.connections());
            }
            assertEquals(2, logged.count(line -> line.contains("handshake failed")));
        }
        meters.close();
    }

    private static final class Connected extends EmbeddedChannel {
        Connected(PublicPipeline pipeline) {
            super(pipeline);
        }

        @Override
        protected SocketAddress remoteAddress0() {
            return new InetSocketAddress("192.0.2.7", 1);
        }
    }
}

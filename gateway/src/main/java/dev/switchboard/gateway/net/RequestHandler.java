package dev.switchboard.gateway.net;

import dev.switchboard.gateway.net.HttpAnswers.Refused;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the one HTTP request of a connection: a WebSocket handshake for {@code /ws}, or a refusal. Confined to the event loop of
 * its channel; leaves the pipeline with the other HTTP handlers when the handshake succeeds.
 */
final class RequestHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final Logger log = LoggerFactory.getLogger(RequestHandler.class);

    private final Handshake handshake;
    private final HttpAnswers answers;
    private final Duration requestTimeout;
    private @Nullable ScheduledFuture<?> timeout;
    private boolean answered;

    /** @param requestTimeout from accepting a connection to a whole request */
    RequestHandler(Handshake handshake, HttpAnswers answers, Duration requestTimeout) {
        this.handshake = handshake;
        this.answers = answers;
        this.requestTimeout = requestTimeout;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        timeout = ctx.executor()
                .schedule(
                        () -> refuse(ctx, new Refused("too-slow", 408, "The request took too long")),
                        requestTimeout.toMillis(),
                        TimeUnit.MILLISECONDS);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        stopTimeout();
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
        if (answered) {
            return; // Pipelined behind a request that was refused: the connection is closing.
        }
        stopTimeout();
        Refused refused = problem(request);
        if (refused != null) {
            refuse(ctx, refused);
        } else {
            answered = true;
            handshake.run(ctx, request);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        // Resets are how clients leave; whatever else it is, this connection is of no use any more.
        log.debug("connection failed before its handshake error={}", cause.toString());
        ctx.close();
    }

    private static @Nullable Refused problem(FullHttpRequest request) {
        if (request.decoderResult().isFailure()) {
            return undecodable(request.decoderResult().cause());
        }
        if (!request.uri().equals("/ws") && !request.uri().startsWith("/ws?")) {
            return new Refused("not-found", 404, "Not found");
        }
        if (!request.method().equals(HttpMethod.GET)) {
            return new Refused("method", 405, "A WebSocket is opened with GET");
        }
        if (!request.protocolVersion().equals(HttpVersion.HTTP_1_1)) {
            return new Refused("http-version", 400, "A WebSocket is opened with HTTP/1.1");
        }
        return isUpgrade(request)
                ? null
                : new Refused("no-upgrade", 426, "Here is a WebSocket: ask for an upgrade, version 13");
    }

    private static Refused undecodable(@Nullable Throwable cause) {
        if (cause instanceof TooLongHttpLineException) {
            return new Refused("line-too-long", 414, "The request line is too long");
        }
        if (cause instanceof TooLongHttpHeaderException) {
            return new Refused("headers-too-large", 431, "The headers are too large");
        }
        if (cause instanceof TooLongFrameException) {
            return new Refused("body-too-large", 413, "The body is too large");
        }
        return new Refused("malformed", 400, "Not a request this server understands");
    }

    private static boolean isUpgrade(FullHttpRequest request) {
        return request.headers().containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)
                && request.headers().contains(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true);
    }

    private void refuse(ChannelHandlerContext ctx, Refused refused) {
        if (!answered) {
            answered = true;
            answers.refuse(ctx, refused);
        }
    }

    private void stopTimeout() {
        ScheduledFuture<?> running = timeout;
        if (running != null) {
            running.cancel(false);
        }
    }
}

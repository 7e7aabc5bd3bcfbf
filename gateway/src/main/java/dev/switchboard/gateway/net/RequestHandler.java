package dev.switchboard.gateway.net;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.Map;
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

    /** From accepting a connection to a whole request. */
    static final int REQUEST_SECONDS_MAX = 10;

    private final Handshake handshake;
    private final HttpAnswers answers;
    private @Nullable ScheduledFuture<?> timeout;
    private boolean answered;

    RequestHandler(Handshake handshake, HttpAnswers answers) {
        this.handshake = handshake;
        this.answers = answers;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        timeout = ctx.executor()
                .schedule(
                        () -> refuse(ctx, HttpResponseStatus.REQUEST_TIMEOUT, "The request took too long"),
                        REQUEST_SECONDS_MAX,
                        TimeUnit.SECONDS);
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
        if (request.decoderResult().isFailure()) {
            refuseUndecodable(ctx, request.decoderResult().cause());
        } else if (!request.uri().equals("/ws") && !request.uri().startsWith("/ws?")) {
            refuse(ctx, HttpResponseStatus.NOT_FOUND, "Not found");
        } else if (!request.method().equals(HttpMethod.GET)) {
            answered = true;
            answers.refuse(
                    ctx,
                    HttpResponseStatus.METHOD_NOT_ALLOWED,
                    "A WebSocket is opened with GET",
                    Map.of(HttpHeaderNames.ALLOW, "GET"));
        } else if (!request.protocolVersion().equals(HttpVersion.HTTP_1_1)) {
            refuse(ctx, HttpResponseStatus.BAD_REQUEST, "A WebSocket is opened with HTTP/1.1");
        } else if (!isUpgrade(request)) {
            answered = true;
            answers.refuse(
                    ctx,
                    HttpResponseStatus.UPGRADE_REQUIRED,
                    "Here is a WebSocket: ask for an upgrade",
                    Map.of(HttpHeaderNames.UPGRADE, "websocket"));
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

    private static boolean isUpgrade(FullHttpRequest request) {
        return request.headers().containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)
                && request.headers().contains(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true);
    }

    private void refuseUndecodable(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof TooLongHttpLineException) {
            refuse(ctx, HttpResponseStatus.REQUEST_URI_TOO_LONG, "The request line is too long");
        } else if (cause instanceof TooLongHttpHeaderException) {
            refuse(ctx, HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The headers are too large");
        } else if (cause instanceof TooLongFrameException) {
            refuse(ctx, HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too large");
        } else {
            refuse(ctx, HttpResponseStatus.BAD_REQUEST, "Not a request this server understands");
        }
    }

    private void refuse(ChannelHandlerContext ctx, HttpResponseStatus status, String error) {
        if (!answered) {
            answered = true;
            answers.refuse(ctx, status, error);
        }
    }

    private void stopTimeout() {
        ScheduledFuture<?> running = timeout;
        if (running != null) {
            running.cancel(false);
        }
    }
}

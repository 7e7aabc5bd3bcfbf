package dev.switchboard.gateway.net;

import dev.switchboard.gateway.api.http.Exchange;
import dev.switchboard.gateway.api.http.HttpReply;
import dev.switchboard.gateway.net.HttpAnswers.Refused;
import dev.switchboard.gateway.session.GentleClose;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the HTTP requests of a connection, one at a time: each is read whole, answered, and only then the next one is looked
 * at. One that asks for {@code /ws}, or for an upgrade, is a WebSocket handshake or refused as one, and the last either way;
 * the others go to the API. Confined to the event loop of its channel; leaves the pipeline with the other HTTP handlers when a
 * handshake succeeds.
 *
 * <p>What always holds: exactly one timer runs, whatever is waited for.
 */
final class RequestHandler extends SimpleChannelInboundHandler<HttpObject> {
    private static final Logger log = LoggerFactory.getLogger(RequestHandler.class);

    /** Bytes of a body that stands where none is of use; a larger one is refused unread. */
    static final int HANDSHAKE_BODY_BYTES_MAX = 64 * 1024;

    private enum State {
        /** Nothing of the next request has been decoded. */
        IDLE,
        BODY,
        ANSWERING,
        /** The last answer is written, or on its way; what still comes is dropped. */
        ENDING
    }

    private final Handshake handshake;
    private final HttpAnswers answers;
    private final HttpService service;
    private final StrictRequestDecoder decoder;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream(0);
    private State state = State.IDLE;
    private @Nullable HttpRequest head;
    private @Nullable Exchange exchange;
    private Handshake.@Nullable Place place;
    private @Nullable ScheduledFuture<?> timer;
    /** Whether the time of the request that is being read runs. */
    private boolean timed = true;

    RequestHandler(Handshake handshake, HttpAnswers answers, HttpService service, StrictRequestDecoder decoder) {
        this.handshake = handshake;
        this.answers = answers;
        this.service = service;
        this.decoder = decoder;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        limit(ctx, service.times().request(), () -> tooSlow(ctx));
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        noLimit();
        leavePlace();
        if (state == State.ANSWERING && exchange != null) {
            service.ended();
        }
        state = State.ENDING;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, HttpObject object) {
        if (state == State.ENDING) {
            return;
        }
        if (object.decoderResult().isFailure()) {
            refuse(ctx, undecodable(object.decoderResult().cause()));
            return;
        }
        if (object instanceof HttpRequest request) {
            begin(ctx, request);
        }
        HttpRequest current = head;
        if (state == State.BODY && current != null && object instanceof HttpContent content) {
            read(ctx, current, content);
        }
    }

    /** The time of a later request runs from its first byte, not from its last. */
    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (!timed && (state == State.BODY || (state == State.IDLE && decoder.begun()))) {
            timed = true;
            limit(ctx, service.times().request(), () -> tooSlow(ctx));
        }
        ctx.fireChannelReadComplete();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        // Resets are how clients leave; whatever else it is, this connection is of no use any more.
        log.debug("connection failed before its handshake error={}", cause.toString());
        ctx.close();
    }

    private void begin(ChannelHandlerContext ctx, HttpRequest request) {
        state = State.BODY;
        head = request;
        exchange = null;
        body.reset();
        if (isForHandshake(request)) {
            if (HttpUtil.getContentLength(request, 0L) > HANDSHAKE_BODY_BYTES_MAX) {
                refuse(ctx, bodyTooLarge());
            }
            return;
        }
        if (!hasPlace(ctx)) {
            return;
        }
        Exchange begun =
                service.door(ctx.channel().eventLoop()).begin(request, handshake.address(ctx, request.headers()));
        exchange = begun;
        boolean bodyFollows = HttpUtil.isTransferEncodingChunked(request) || HttpUtil.getContentLength(request, 0L) > 0;
        if (begun.refusal().isPresent() && bodyFollows) {
            // Not to be read, so nothing behind it can be found either.
            answer(ctx, request, begun, begun.refusal().get(), true);
        } else if (bodyFollows && HttpUtil.is100ContinueExpected(request)) {
            ctx.writeAndFlush(new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE));
        }
    }

    /** True once the connection counts among those of this gateway. */
    private boolean hasPlace(ChannelHandlerContext ctx) {
        if (place != null) {
            return true;
        }
        Handshake.Place asked = handshake.place(ctx.channel());
        if (asked.refused().isPresent()) {
            end();
            answers.refusePlace(ctx, asked.refused().get());
            return false;
        }
        place = asked;
        return true;
    }

    private void read(ChannelHandlerContext ctx, HttpRequest request, HttpContent content) {
        Exchange current = exchange;
        int bytesMax = current == null ? HANDSHAKE_BODY_BYTES_MAX : current.bodyBytesMax();
        if (body.size() + content.content().readableBytes() > bytesMax) {
            if (current == null) {
                refuse(ctx, bodyTooLarge());
            } else {
                answer(ctx, request, current, current.tooLarge(), true);
            }
            return;
        }
        keep(content);
        if (content instanceof LastHttpContent) {
            noLimit();
            if (current == null) {
                shake(ctx, request);
            } else {
                run(ctx, request, current);
            }
        }
    }

    private void keep(HttpContent content) {
        try {
            content.content().readBytes(body, content.content().readableBytes());
        } catch (IOException e) {
            throw new UncheckedIOException("an array takes bytes", e);
        }
    }

    private void shake(ChannelHandlerContext ctx, HttpRequest request) {
        leavePlace();
        Refused refused = handshakeProblem(request);
        if (refused != null) {
            refuse(ctx, refused);
        } else {
            end();
            handshake.run(ctx, request);
        }
    }

    private void run(ChannelHandlerContext ctx, HttpRequest request, Exchange current) {
        state = State.ANSWERING;
        // Nothing more is read until this one is answered: whoever sends ahead fills their own buffers.
        ctx.channel().config().setAutoRead(false);
        service.begun();
        limit(ctx, service.times().answer(), () -> settle(ctx, request, current, current.tooLate()));
        current.run(body.toByteArray())
                .whenComplete((reply, none) -> onLoop(ctx, () -> settle(ctx, request, current, reply)));
    }

    private static void onLoop(ChannelHandlerContext ctx, Runnable step) {
        if (ctx.executor().inEventLoop()) {
            step.run();
        } else if (!ctx.executor().isShuttingDown()) {
            ctx.executor().execute(step);
        }
    }

    private void settle(ChannelHandlerContext ctx, HttpRequest request, Exchange current, HttpReply reply) {
        if (state == State.ANSWERING && exchange == current) {
            boolean close = !HttpUtil.isKeepAlive(request) || service.draining();
            // Not before its last byte has left: whoever waits for quiet ends the connections then.
            answer(ctx, request, current, reply, close).addListener(written -> service.ended());
        }
    }

    private ChannelFuture answer(
            ChannelHandlerContext ctx, HttpRequest request, Exchange current, HttpReply reply, boolean close) {
        exchange = null;
        HttpReply finished = current.finished(reply);
        boolean headOnly = request.method().equals(HttpMethod.HEAD);
        if (close) {
            end();
        }
        ChannelFuture written = answers.write(ctx, current.requestId(), finished, headOnly, close);
        if (close) {
            GentleClose.after(written, HttpService.Times.TAKEN);
        } else {
            limit(ctx, HttpService.Times.TAKEN, ctx::close);
            written.addListener((ChannelFutureListener) done -> {
                // Never from here: this may still be within the read that brought the request.
                if (done.isSuccess()) {
                    ctx.executor().execute(() -> next(ctx));
                } else {
                    ctx.close();
                }
            });
        }
        return written;
    }

    private void next(ChannelHandlerContext ctx) {
        if (ctx.isRemoved() || !ctx.channel().isActive()) {
            return;
        }
        state = State.IDLE;
        head = null;
        timed = false;
        limit(ctx, service.times().idle(), ctx::close);
        ctx.channel().config().setAutoRead(true);
        try {
            decoder.next();
        } catch (Exception e) {
            exceptionCaught(ctx, e);
        }
    }

    private void tooSlow(ChannelHandlerContext ctx) {
        refuse(ctx, new Refused("too-slow", 408, "The request took too long"));
    }

    private void refuse(ChannelHandlerContext ctx, Refused refused) {
        if (state != State.ENDING) {
            end();
            answers.refuse(ctx, refused);
        }
    }

    /** What still comes is neither decoded nor heeded. A handshake that succeeds takes the rest over as it is. */
    private void end() {
        state = State.ENDING;
        noLimit();
        decoder.stop();
    }

    private void leavePlace() {
        Handshake.Place taken = place;
        if (taken != null) {
            taken.leave().run();
            place = null;
        }
    }

    private void limit(ChannelHandlerContext ctx, Duration time, Runnable atItsEnd) {
        noLimit();
        timer = ctx.executor().schedule(atItsEnd, time.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void noLimit() {
        ScheduledFuture<?> running = timer;
        if (running != null) {
            running.cancel(false);
        }
    }

    private static boolean isForHandshake(HttpRequest request) {
        return isWebSocketPath(request) || isUpgrade(request);
    }

    private static boolean isWebSocketPath(HttpRequest request) {
        return request.uri().equals("/ws") || request.uri().startsWith("/ws?");
    }

    private static @Nullable Refused handshakeProblem(HttpRequest request) {
        if (!isWebSocketPath(request)) {
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
        return cause instanceof TooLongFrameException
                ? bodyTooLarge()
                : new Refused("malformed", 400, "Not a request this server understands");
    }

    private static Refused bodyTooLarge() {
        return new Refused("body-too-large", 413, "The body is too large");
    }

    private static boolean isUpgrade(HttpRequest request) {
        return request.headers().containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)
                && request.headers().contains(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true);
    }
}

package dev.switchboard.gateway.net;

import com.google.gson.JsonObject;
import dev.switchboard.gateway.api.http.HttpReply;
import dev.switchboard.gateway.api.http.Problem;
import dev.switchboard.gateway.ops.GatewayMeters;
import dev.switchboard.gateway.session.GentleClose;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.util.UUID;

/**
 * Answers of the public port that are not a WebSocket: refused handshakes and requests that can't be read, with a status,
 * {@code {"error": …}} and the end of the connection; and those of the API. Counts the former. Any event loop may call it.
 */
public final class HttpAnswers {
    static final String WEBSOCKET_VERSION = "13";

    private final GatewayMeters meters;
    private final boolean tls;
    private final RefusalLog refusals = new RefusalLog(System::nanoTime);

    /** @param tls whether this port speaks TLS, and browsers should insist on it from now on */
    public HttpAnswers(GatewayMeters meters, boolean tls) {
        this.meters = meters;
        this.tls = tls;
    }

    /**
     * Why a request becomes no WebSocket.
     *
     * @param result for the metric
     * @param error what the client is told; nothing of our inside
     * @param retrySeconds when to come again, where the status says that it may help
     */
    record Refused(String result, int status, String error, int retrySeconds) {
        Refused(String result, int status, String error) {
            this(result, status, error, ConnectionLimits.retrySeconds());
        }
    }

    void refuse(ChannelHandlerContext ctx, Refused refused) {
        meters.handshake(refused.result());
        String requestId = UUID.randomUUID().toString();
        refusals.refused(requestId, refused);
        JsonObject body = new JsonObject();
        body.addProperty("error", refused.error());
        ByteBuf bytes = ByteBufUtil.writeUtf8(ctx.alloc(), body.toString());
        FullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(refused.status()), bytes);
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, "application/json; charset=utf-8")
                .set(HttpHeaderNames.CONTENT_LENGTH, bytes.readableBytes())
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE)
                .set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE);
        addWhatEveryAnswerSays(response.headers(), requestId);
        addWhatTheStatusPromises(response.headers(), refused);
        GentleClose.after(ctx.writeAndFlush(response));
    }

    /** There is no room for one more connection that speaks HTTP. */
    void refusePlace(ChannelHandlerContext ctx, Refused refused) {
        meters.handshake(refused.result());
        String requestId = UUID.randomUUID().toString();
        refusals.refused(requestId, refused);
        Problem problem = refused.status() == 429 ? Problem.RATE_LIMITED : Problem.UNAVAILABLE;
        HttpReply reply = HttpReply.problem(problem, refused.error())
                .with("Retry-After", Integer.toString(ConnectionLimits.retrySeconds()));
        GentleClose.after(write(ctx, requestId, reply, false, true));
    }

    /**
     * Writes an answer of the API. The future completes when it has left.
     *
     * @param headOnly without its body, as a HEAD wants it
     * @param close whether this is the last answer of the connection
     */
    ChannelFuture write(ChannelHandlerContext ctx, String requestId, HttpReply reply, boolean headOnly, boolean close) {
        byte[] body = reply.body();
        FullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1,
                HttpResponseStatus.valueOf(reply.status()),
                headOnly ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(body));
        HttpHeaders headers = response.headers();
        addWhatEveryAnswerSays(headers, requestId);
        reply.headers().forEach(headers::set);
        if (reply.status() != 204 && reply.status() != 304) {
            headers.set(HttpHeaderNames.CONTENT_LENGTH, body.length);
        }
        headers.set(HttpHeaderNames.CONNECTION, close ? HttpHeaderValues.CLOSE : HttpHeaderValues.KEEP_ALIVE);
        return ctx.writeAndFlush(response);
    }

    /** What a page needs beyond this, it says itself; this is for what is no page. */
    private void addWhatEveryAnswerSays(HttpHeaders headers, String requestId) {
        headers.set("X-Content-Type-Options", "nosniff")
                .set("X-Frame-Options", "DENY")
                .set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; frame-ancestors 'none'")
                .set("Referrer-Policy", "no-referrer")
                .set("Cross-Origin-Resource-Policy", "same-origin")
                // To find the request again in our logs, when somebody complains.
                .set("X-Request-Id", requestId);
        if (tls) {
            headers.set("Strict-Transport-Security", "max-age=31536000");
        }
    }

    private static void addWhatTheStatusPromises(HttpHeaders headers, Refused refused) {
        switch (refused.status()) {
            case 405 -> headers.set(HttpHeaderNames.ALLOW, "GET");
            case 426 ->
                headers.set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET)
                        .set(HttpHeaderNames.SEC_WEBSOCKET_VERSION, WEBSOCKET_VERSION);
            case 429, 503 -> headers.set(HttpHeaderNames.RETRY_AFTER, refused.retrySeconds());
            default -> {}
        }
    }
}

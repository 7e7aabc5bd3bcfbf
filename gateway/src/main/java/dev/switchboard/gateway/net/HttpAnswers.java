package dev.switchboard.gateway.net;

import com.google.gson.JsonObject;
import dev.switchboard.gateway.ops.GatewayMeters;
import dev.switchboard.gateway.session.GentleClose;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
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
 * Answers of the public port that are not a WebSocket: a status, {@code {"error": …}}, and the connection is closed. Counts
 * each. Any event loop may call it.
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
     */
    record Refused(String result, int status, String error) {}

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
                .set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE)
                .set("X-Content-Type-Options", "nosniff")
                // To find the request again in our logs, when somebody complains.
                .set("X-Request-Id", requestId);
        if (tls) {
            response.headers().set("Strict-Transport-Security", "max-age=31536000");
        }
        addWhatTheStatusPromises(response.headers(), refused.status());
        GentleClose.after(ctx.writeAndFlush(response));
    }

    private static void addWhatTheStatusPromises(HttpHeaders headers, int status) {
        switch (status) {
            case 405 -> headers.set(HttpHeaderNames.ALLOW, "GET");
            case 426 ->
                headers.set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET)
                        .set(HttpHeaderNames.SEC_WEBSOCKET_VERSION, WEBSOCKET_VERSION);
            case 429, 503 -> headers.set(HttpHeaderNames.RETRY_AFTER, ConnectionLimits.retrySeconds());
            default -> {}
        }
    }
}

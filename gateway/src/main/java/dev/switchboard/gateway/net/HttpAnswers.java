package dev.switchboard.gateway.net;

import com.google.gson.JsonObject;
import dev.switchboard.gateway.session.GentleClose;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.util.Map;
import java.util.UUID;

/** Answers of the public port that are not a WebSocket: a status, {@code {"error": …}}, and the connection is closed. */
final class HttpAnswers {
    private final boolean tls;

    /** @param tls whether this port speaks TLS, and browsers should insist on it from now on */
    HttpAnswers(boolean tls) {
        this.tls = tls;
    }

    /**
     * Refuses a request.
     *
     * @param error what the client is told; nothing of our inside
     * @param headers to add
     */
    void refuse(ChannelHandlerContext ctx, HttpResponseStatus status, String error, Map<CharSequence, String> headers) {
        JsonObject body = new JsonObject();
        body.addProperty("error", error);
        ByteBuf bytes = ByteBufUtil.writeUtf8(ctx.alloc(), body.toString());
        FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, bytes);
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, "application/json; charset=utf-8")
                .set(HttpHeaderNames.CONTENT_LENGTH, bytes.readableBytes())
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE)
                .set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE)
                .set("X-Content-Type-Options", "nosniff")
                // To find the request again in our logs, when somebody complains.
                .set("X-Request-Id", UUID.randomUUID().toString());
        if (tls) {
            response.headers().set("Strict-Transport-Security", "max-age=31536000");
        }
        headers.forEach((name, value) -> response.headers().set(name, value));
        GentleClose.after(ctx.writeAndFlush(response));
    }

    void refuse(ChannelHandlerContext ctx, HttpResponseStatus status, String error) {
        refuse(ctx, status, error, Map.of());
    }
}

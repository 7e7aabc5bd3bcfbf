package dev.switchboard.gateway.net;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpContentException;
import org.jspecify.annotations.Nullable;

/**
 * Collects a request with its body. Leaves every answer to the handler behind it: Netty's own have no body, no id and no
 * counter. Confined to its event loop.
 */
final class RequestAggregator extends HttpObjectAggregator {
    /** Bytes of a request's body. There is no route with one yet; a larger one is refused unread. */
    static final int BODY_BYTES_MAX = 64 * 1024;

    RequestAggregator() {
        super(BODY_BYTES_MAX);
    }

    /** Nobody is encouraged to send a body. */
    @Override
    protected @Nullable Object newContinueResponse(HttpMessage start, int bytesMax, ChannelPipeline pipeline) {
        return null;
    }

    @Override
    protected void handleOversizedMessage(ChannelHandlerContext ctx, HttpMessage oversized) {
        FullHttpRequest refused = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/too-large");
        refused.setDecoderResult(DecoderResult.failure(new TooLongHttpContentException("beyond " + BODY_BYTES_MAX)));
        ctx.fireChannelRead(refused);
    }
}

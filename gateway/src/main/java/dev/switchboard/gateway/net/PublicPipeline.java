package dev.switchboard.gateway.net;

import dev.switchboard.gateway.api.ws.FrameHandler;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.ssl.SslContext;
import org.jspecify.annotations.Nullable;

/** The pipeline of the public port, before and after the handshake. */
public final class PublicPipeline extends ChannelInitializer<Channel> {
    /** Bytes of a request's body. There is no route with one yet; a larger one is refused unread. */
    private static final int BODY_BYTES_MAX = 64 * 1024;

    private final Handshake handshake;
    private final HttpAnswers answers;
    private final @Nullable SslContext tls;

    PublicPipeline(Handshake handshake, @Nullable SslContext tls) {
        this.handshake = handshake;
        this.answers = new HttpAnswers(tls != null);
        this.tls = tls;
    }

    @Override
    protected void initChannel(Channel channel) {
        ChannelPipeline pipeline = channel.pipeline();
        if (tls != null) {
            pipeline.addLast("tls", tls.newHandler(channel.alloc()));
        }
        pipeline.addLast("decode-request", new StrictRequestDecoder());
        pipeline.addLast("encode-response", new HttpResponseEncoder());
        pipeline.addLast("aggregate", new HttpObjectAggregator(BODY_BYTES_MAX, true));
        pipeline.addLast("request", new RequestHandler(handshake, answers));
    }

    /** After the 101: the HTTP handlers go, one handler of frames stays. */
    public static void upgrade(ChannelPipeline pipeline, FrameHandler frames) {
        pipeline.addLast("frames", frames);
        pipeline.remove("request");
        pipeline.remove("aggregate");
        pipeline.remove("encode-response");
        // Last: what the client sent right behind its handshake goes from here to the frames.
        pipeline.remove("decode-request");
    }
}

package dev.switchboard.gateway.net;

import dev.switchboard.gateway.api.ws.FrameHandler;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.ssl.SslContext;
import org.jspecify.annotations.Nullable;

/** The pipeline of the public port, before and after the handshake. */
public final class PublicPipeline extends ChannelInitializer<Channel> {
    private final Handshake handshake;
    private final HttpAnswers answers;
    private final @Nullable SslContext tls;
    private final HttpService service;

    public PublicPipeline(Handshake handshake, HttpAnswers answers, @Nullable SslContext tls, HttpService service) {
        this.handshake = handshake;
        this.answers = answers;
        this.tls = tls;
        this.service = service;
    }

    @Override
    protected void initChannel(Channel channel) {
        if (!handshake.accept(channel)) {
            channel.close();
            return;
        }
        ChannelPipeline pipeline = channel.pipeline();
        if (tls != null) {
            pipeline.addLast("tls", tls.newHandler(channel.alloc()));
        }
        StrictRequestDecoder decoder = new StrictRequestDecoder();
        pipeline.addLast("decode-request", decoder);
        pipeline.addLast("encode-response", new HttpResponseEncoder());
        pipeline.addLast("request", new RequestHandler(handshake, answers, service, decoder));
    }

    /** After the 101: the HTTP handlers go, one handler of frames stays. */
    public static void upgrade(ChannelPipeline pipeline, FrameHandler frames) {
        pipeline.addLast("frames", frames);
        pipeline.remove("request");
        pipeline.remove("encode-response");
        // Last: what the client sent right behind its handshake goes from here to the frames.
        pipeline.remove("decode-request");
    }
}

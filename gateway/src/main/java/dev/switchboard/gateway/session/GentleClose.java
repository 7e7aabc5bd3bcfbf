package dev.switchboard.gateway.session;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Ends a connection so that the last words arrive. A socket that is closed while input lies unread is reset, and a reset
 * overtakes what was written; so only the own direction is shut, and what still comes is read and dropped for a while.
 */
public final class GentleClose {
    /** From the last word written; then the socket is closed whatever the peer does. */
    static final Duration TIMEOUT = Duration.ofSeconds(2);

    private GentleClose() {}

    /** After a last write that is short. The handlers of the channel must drop what they still read. */
    public static void after(ChannelFuture lastWrite) {
        after(lastWrite, TIMEOUT);
    }

    /**
     * The same after a write of any length.
     *
     * @param taken by when the peer must have taken all of it; then the socket is closed
     */
    public static void after(ChannelFuture lastWrite, Duration taken) {
        Channel channel = lastWrite.channel();
        channel.config().setAutoRead(true);
        Future<?> patience = closeIn(channel, taken);
        lastWrite.addListener((ChannelFutureListener) written -> {
            patience.cancel(false);
            closeIn(channel, TIMEOUT);
            SslHandler tls = channel.pipeline().get(SslHandler.class);
            if (!written.isSuccess()) {
                channel.close();
            } else if (tls == null) {
                endOutput(channel);
            } else {
                // TLS has an end of its own: without it the peer can't tell the end from one that was cut off.
                tls.closeOutbound().addListener(said -> endOutput(channel));
            }
        });
    }

    private static Future<?> closeIn(Channel channel, Duration time) {
        return channel.eventLoop().schedule(() -> channel.close(), time.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static void endOutput(Channel channel) {
        if (channel instanceof DuplexChannel duplex) {
            duplex.shutdownOutput();
        } else {
            channel.close();
        }
    }
}

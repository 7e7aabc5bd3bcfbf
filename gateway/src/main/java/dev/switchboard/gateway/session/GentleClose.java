package dev.switchboard.gateway.session;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.socket.DuplexChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Ends a connection so that the last words arrive. A socket that is closed while input lies unread is reset, and a reset
 * overtakes what was written; so only the own direction is shut, and what still comes is read and dropped for a while.
 */
public final class GentleClose {
    /** Then the socket is closed whatever the peer does. */
    static final Duration TIMEOUT = Duration.ofSeconds(2);

    private GentleClose() {}

    /** After the last write. The handlers of the channel must drop what they still read. */
    public static void after(ChannelFuture lastWrite) {
        Channel channel = lastWrite.channel();
        channel.config().setAutoRead(true);
        lastWrite.addListener((ChannelFutureListener) written -> {
            if (written.isSuccess() && channel instanceof DuplexChannel duplex) {
                duplex.shutdownOutput();
            } else {
                channel.close();
            }
        });
        channel.eventLoop().schedule(() -> channel.close(), TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    }
}

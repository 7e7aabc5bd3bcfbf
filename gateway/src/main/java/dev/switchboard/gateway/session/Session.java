package dev.switchboard.gateway.session;

import dev.switchboard.gateway.auth.Identity;
import dev.switchboard.gateway.ops.GatewayMeters;
import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.wire.ConversationId;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One authenticated WebSocket connection: who it is, what it follows, what it may still do, and the only way to write to it.
 * Confined to its event loop; the values set in the constructor may be read by any thread.
 *
 * <p>What always holds: it has an identity from the verifier. Between two frames of one conversation none is passed over in
 * silence: a frame is written, or the connection is closed with a code that means "resume".
 */
public final class Session {
    private final long id;
    private final Channel channel;
    private final WireFormat format;
    private final Outbound outbound;
    private final SessionLimits limits;
    private final GatewayMeters meters;
    private final int loop;
    private final String user;
    private final boolean admin;
    private final Watches watches = new Watches();
    private final Set<ConversationId> wroteTo = new LinkedHashSet<>();
    private final Pace pace = new Pace(System::nanoTime);
    private final long openedNanos = System.nanoTime();

    private Identity identity;
    private @Nullable ConversationId ownConversation;
    private @Nullable Disconnect closing;
    private int unanswered;
    private boolean welcomed;
    private boolean goingAway;
    private @Nullable Runnable resumeReading;

    public Session(long id, Identity identity, Channel channel, WireFormat format, LoopParts parts) {
        this.id = id;
        this.identity = identity;
        this.user = identity.user();
        this.admin = identity.isAdmin();
        this.channel = channel;
        this.format = format;
        this.loop = parts.number();
        this.limits = parts.limits();
        this.meters = parts.meters();
        this.outbound = new Outbound(
                channel, parts, "connection=" + Long.toHexString(id), () -> close(Disconnect.SLOW_CONSUMER));
    }

    /** What the sessions of one event loop share. */
    public record LoopParts(
            int number, TickFlush flush, OutboundTotal total, SessionLimits limits, GatewayMeters meters) {}

    /** Unique among all gateways; names the connection in rooms. */
    public long id() {
        return id;
    }

    public String user() {
        return user;
    }

    public boolean isAdmin() {
        return admin;
    }

    public Identity identity() {
        return identity;
    }

    public WireFormat format() {
        return format;
    }

    /** Number of its event loop. */
    public int loop() {
        return loop;
    }

    public Watches watches() {
        return watches;
    }

    /** Runs a step on the event loop of this session. */
    public void execute(Runnable step) {
        channel.eventLoop().execute(step);
    }

    /** A newer token of the same user and role. */
    public void renew(Identity renewed) {
        if (!renewed.user().equals(user) || renewed.isAdmin() != admin) {
            throw new IllegalArgumentException("a connection never changes hands");
        }
        identity = renewed;
    }

    /** The user's open conversation, as far as this connection knows. */
    public Optional<ConversationId> ownConversation() {
        return Optional.ofNullable(ownConversation);
    }

    public void ownConversation(ConversationId conversation) {
        ownConversation = conversation;
    }

    /** True once Welcome is written: before that nothing is read. */
    public boolean welcomed() {
        return welcomed;
    }

    /** Writes Welcome, then what arrived while it was prepared, and begins to read. */
    public void welcome(ServerFrame frame) {
        welcomed = true;
        send(frame);
        outbound.held().forEach(this::write);
        wakeReader();
    }

    /** Called when reading may go on after it had to stop. */
    public void onReadable(Runnable reader) {
        resumeReading = reader;
    }

    /** True while nothing more may be read from this connection. */
    public boolean paused() {
        return !welcomed || closing != null || unanswered >= limits.unansweredSendsMax();
    }

    public void sendBegun() {
        meters.received();
        requestBegun();
    }

    /** Something whose answer takes time. At the bound of those no more is read. */
    public void requestBegun() {
        unanswered++;
    }

    public void requestAnswered() {
        boolean wasPaused = paused();
        unanswered--;
        if (wasPaused && !paused()) {
            wakeReader();
        }
    }

    /** Writes an answer to this connection alone. */
    public void send(ServerFrame frame) {
        if (closing == null && channel.isActive()) {
            write(format.encode(channel.alloc(), frame));
        }
    }

    /** Writes a frame that others get too. False: the connection is closing, it will resume elsewhere. */
    public boolean deliver(SharedFrame frame) {
        if (closing != null || !channel.isActive()) {
            return false;
        }
        ByteBuf buffer = frame.in(format, channel.alloc());
        if (welcomed) {
            write(buffer);
        } else if (!outbound.hold(buffer)) {
            close(Disconnect.SLOW_CONSUMER);
        }
        return true;
    }

    /** False: so much waits that the rest of an answer must, or it would make a slow consumer of whoever asked. */
    public boolean hasRoom() {
        return outbound.hasRoom();
    }

    /** Writes a hint: what a connection that does not read can do without. False: it does not read, and got none. */
    public boolean hint(SharedFrame frame) {
        if (!welcomed || outbound.sparesHints()) {
            meters.dropped();
            return false;
        }
        return deliver(frame);
    }

    /** Answers a request with a refusal. Too many of the wrong kind close the connection. */
    public void refuse(ServerFrame frame, RefusalCode code) {
        meters.refused(code.name());
        send(frame);
        pace.refused(code).ifPresent(this::close);
    }

    /** Answers a token that is no good. Going on like that closes the connection, as nonsense does. */
    public void refuseToken(ServerFrame frame) {
        refuse(frame, RefusalCode.FORBIDDEN);
        pace.tokenRejected().ifPresent(this::close);
    }

    /** Lets a request that is no send pass, or refuses it: too many at once, and whoever goes on is closed. */
    public boolean admitRequest(Supplier<ServerFrame> refusal) {
        if (pace.request(admin)) {
            return true;
        }
        meters.refused(RefusalCode.RATE_LIMITED.name());
        send(refusal.get());
        if (pace.ignoresRequestRate()) {
            close(Disconnect.TOO_FAST);
        }
        return false;
    }

    /** A send was accepted: whoever was too fast is not any more. */
    public void accepted(ConversationId conversation) {
        pace.accepted();
        if (admin) {
            wroteTo.remove(conversation);
            wroteTo.add(conversation);
            if (wroteTo.size() > SessionLimits.WROTE_TO_MAX) {
                wroteTo.remove(wroteTo.iterator().next());
            }
        } else {
            ownConversation = conversation;
        }
    }

    /**
     * Whether this admin connection wrote to the conversation lately and may still wait to hear that it is stored. It hears of
     * later ones too; a watermark that is known already costs it nothing.
     */
    public boolean awaitsStored(ConversationId conversation) {
        return wroteTo.contains(conversation);
    }

    /** Heartbeats and time limits; called about once a second. */
    public Pace pace() {
        return pace;
    }

    /** A whole frame of this many bytes arrived: the other end lives. */
    public void heard(int frameBytes) {
        pace.heard();
        meters.frame("in", frameBytes);
    }

    /** A pong arrived: the answer to a heartbeat, or one nobody asked for. */
    public void ponged() {
        pace.ponged().ifPresent(meters::pong);
    }

    /** Counts that the connection takes no more data for now. */
    public void writabilityChanged() {
        if (!channel.isWritable()) {
            meters.unwritable();
        }
    }

    /** Writes a finished WebSocket frame, such as a heartbeat, and releases it. */
    public void write(ByteBuf frame) {
        if (closing != null) {
            frame.release();
            return;
        }
        if (!outbound.write(frame)) {
            close(Disconnect.SLOW_CONSUMER);
        }
    }

    /** Called once a second: whoever takes no data for too long is closed. */
    void checkWritable() {
        if (pace.unwritable(channel.isWritable()) > limits.unwritableMax().toNanos()) {
            close(Disconnect.SLOW_CONSUMER);
        }
    }

    /** Closes with a code. What was written before goes out first, within {@link GentleClose#TIMEOUT}. */
    public void close(Disconnect reason) {
        if (closing != null) {
            return;
        }
        closing = reason;
        if (!channel.isActive()) {
            return;
        }
        GentleClose.after(channel.writeAndFlush(closeFrame(reason)));
    }

    /** Tells the client to go elsewhere; what it has under way is answered, new sends are refused. */
    public void goAway(ServerFrame frame) {
        goingAway = true;
        if (welcomed) {
            send(frame);
        }
    }

    /** Runs a step once the connection has closed, at once if it has already. */
    public void onClosed(Runnable step) {
        channel.closeFuture().addListener(future -> step.run());
    }

    public boolean isGoingAway() {
        return goingAway;
    }

    /** Sends and other requests that have no answer yet. */
    public int unanswered() {
        return unanswered;
    }

    /** Why this connection is being closed by the gateway; empty while it is not. */
    public Optional<Disconnect> closing() {
        return Optional.ofNullable(closing);
    }

    /** The connection is gone. */
    public void closed() {
        outbound.close();
        if (closing == null) {
            closing = Disconnect.NORMAL;
        }
        meters.closed(format.label(), identity.role().name(), closing.label());
        meters.lasted(Duration.ofNanos(System.nanoTime() - openedNanos));
    }

    private ByteBuf closeFrame(Disconnect reason) {
        byte[] text = reason.reason().getBytes(StandardCharsets.US_ASCII);
        return channel.alloc()
                .buffer(4 + text.length)
                .writeByte(0x88)
                .writeByte(2 + text.length)
                .writeShort(reason.code())
                .writeBytes(text);
    }

    private void wakeReader() {
        Runnable reader = resumeReading;
        if (reader != null) {
            // Not from here: the reader may be what called us.
            channel.eventLoop().execute(reader);
        }
    }
}

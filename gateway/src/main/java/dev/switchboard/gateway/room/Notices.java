package dev.switchboard.gateway.room;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.switchboard.gateway.ops.GatewayMeters;
import dev.switchboard.gateway.session.Session;
import dev.switchboard.gateway.session.Sessions;
import dev.switchboard.gateway.session.SharedFrame;
import dev.switchboard.proto.v1.Message;
import dev.switchboard.proto.v1.Notice;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.RoutedFrame;
import java.io.IOException;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells admins about conversations they do not follow: at once, then at most once a second for each conversation, with the
 * newest message. One for each event loop, confined to it.
 */
public final class Notices {
    private static final Logger log = LoggerFactory.getLogger(Notices.class);

    /** The least time between two notices of one conversation. */
    static final long INTERVAL_NANOS = 1_000_000_000L;

    /** Conversations that had a notice within the interval; beyond it further ones wait for the next message. */
    static final int CONVERSATIONS_MAX = 20_000;

    /** Code points of a preview. */
    private static final int PREVIEW_CODE_POINTS_MAX = 80;

    private final int loop;
    private final Sessions sessions;
    private final GatewayMeters meters;
    private final LongSupplier nanoClock;
    private final Map<ConversationId, Recent> recent = new HashMap<>();

    public Notices(int loop, Sessions sessions, GatewayMeters meters, LongSupplier nanoClock) {
        this.loop = loop;
        this.sessions = sessions;
        this.meters = meters;
        this.nanoClock = nanoClock;
    }

    /** Somebody should hear of this message, now or within the interval. */
    void offer(RoutedFrame message) {
        long now = nanoClock.getAsLong();
        Recent known = recent.get(message.conversation());
        if (known != null && now - known.sentNanos < INTERVAL_NANOS) {
            known.waiting = message;
        } else if (known == null && recent.size() >= CONVERSATIONS_MAX) {
            meters.dropped();
        } else {
            recent.put(message.conversation(), new Recent(now));
            send(message);
        }
    }

    /** Sends what had to wait; called a few times a second. */
    public void sweep() {
        long now = nanoClock.getAsLong();
        for (Iterator<Recent> each = recent.values().iterator(); each.hasNext(); ) {
            Recent conversation = each.next();
            if (now - conversation.sentNanos >= INTERVAL_NANOS) {
                RoutedFrame waiting = conversation.waiting;
                if (waiting == null) {
                    each.remove();
                } else {
                    conversation.waiting = null;
                    conversation.sentNanos = now;
                    send(waiting);
                }
            }
        }
    }

    private void send(RoutedFrame routed) {
        Message message;
        try {
            message = ServerFrame.parseFrom(CodedInputStream.newInstance(
                            routed.published(), routed.frameOffset(), routed.frameLength()))
                    .getMessage();
        } catch (InvalidProtocolBufferException e) {
            meters.unexpected("notice");
            log.warn("message not understood conversation={} error={}", routed.conversation(), e.getMessage());
            return;
        } catch (IOException e) {
            throw new AssertionError("bytes in memory can be read", e);
        }
        byte[] bytes = ServerFrame.newBuilder()
                .setNotice(notice(routed, message))
                .build()
                .toByteArray();
        try (SharedFrame frame = new SharedFrame(bytes, 0, bytes.length)) {
            for (Session admin : sessions.admins()) {
                if (admin.loop() == loop && FanOut.share(admin, routed) == FanOut.Share.NOTICE) {
                    admin.hint(frame);
                }
            }
        }
    }

    private static Notice notice(RoutedFrame routed, Message message) {
        return Notice.newBuilder()
                .setConversation(message.getConversation())
                .setOwner(routed.owner())
                .setLane(message.getLane())
                .setEpoch(message.getEpoch())
                .setSeq(message.getSeq())
                .setPreview(preview(message.getText()))
                .setSender(routed.sender())
                .setTime(message.getTime())
                .build();
    }

    private static String preview(String text) {
        int end = text.codePointCount(0, text.length()) <= PREVIEW_CODE_POINTS_MAX
                ? text.length()
                : text.offsetByCodePoints(0, PREVIEW_CODE_POINTS_MAX);
        return text.substring(0, end).replace('\n', ' ');
    }

    /** A conversation that had a notice lately. */
    private static final class Recent {
        long sentNanos;

        @Nullable
        RoutedFrame waiting;

        Recent(long sentNanos) {
            this.sentNanos = sentNanos;
        }
    }
}

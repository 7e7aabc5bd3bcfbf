package dev.switchboard.gateway.room;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.switchboard.gateway.ops.GatewayMeters;
import dev.switchboard.gateway.session.Session;
import dev.switchboard.gateway.session.Sessions;
import dev.switchboard.gateway.session.SharedFrame;
import dev.switchboard.proto.v1.Envelope;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.LogStep;
import dev.switchboard.wire.Partition;
import dev.switchboard.wire.RoutedFrame;
import io.netty.channel.EventLoop;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings what was published in a room to the sockets of this gateway. Receives on the subscribing connection's event loop and
 * hands each publication once to every event loop concerned; there it is written without parsing, to each connection once.
 *
 * <p>The rules: an owner's room reaches every connection of the owner, and never carries the STAFF lane. The admins' room
 * reaches the admins who follow the conversation and the other devices of the admin who wrote; the other admins get a Notice.
 * The sending connection gets no copy.
 */
public final class FanOut implements RoomSubscriber.Listener {
    private static final Logger log = LoggerFactory.getLogger(FanOut.class);

    private static final Map<String, Partition> ADMINS_ROOMS =
            Partition.all().stream().collect(Collectors.toUnmodifiableMap(Keys::adminsRoom, partition -> partition));

    private final Sessions sessions;
    private final List<EventLoop> loops;
    private final List<Notices> notices;
    private final GatewayMeters meters;
    private final Clock clock;
    private final Ears ears;
    private final LogGaps gaps = new LogGaps();

    /**
     * Who hears on the subscribing loop of what is not only for sockets.
     *
     * @param sessionNotes what gateways tell each other about sessions
     * @param stored up to where a lane is stored, perhaps more than once
     * @param missed that publications were missed, of one partition or of all
     */
    public record Ears(
            Consumer<RoutedFrame> sessionNotes, Consumer<RoutedFrame> stored, Consumer<Optional<Partition>> missed) {}

    /** One for the gateway. */
    public FanOut(Sessions sessions, List<EventLoop> loops, GatewayMeters meters, Clock clock, Ears ears) {
        this.ears = ears;
        this.sessions = sessions;
        this.loops = List.copyOf(loops);
        this.notices = IntStream.range(0, loops.size())
                .mapToObj(loop -> new Notices(loop, sessions, meters, System::nanoTime))
                .toList();
        this.meters = meters;
        this.clock = clock;
    }

    /** The notices of one event loop. */
    public Notices notices(int loop) {
        return notices.get(loop);
    }

    @Override
    public void subscribed(String room) {
        gaps.subscribed(room);
    }

    @Override
    public void interrupted() {
        ears.missed.accept(Optional.empty());
    }

    @Override
    public void published(String room, byte[] payload) {
        Partition partition = ADMINS_ROOMS.get(room);
        List<RoutedFrame> frames;
        try {
            frames = RoutedFrame.read(payload);
            if (partition != null) {
                LogStep.read(payload)
                        .filter(step -> !gaps.follows(room, step))
                        .ifPresent(step -> missed(partition, step));
            }
        } catch (InvalidProtocolBufferException e) {
            meters.unexpected("publication");
            log.warn("publication not understood room={} bytes={} error={}", room, payload.length, e.getMessage());
            return;
        }
        if (frames.isEmpty()) {
            return;
        }
        if (frames.get(0).kind() == Envelope.Kind.SESSION) {
            // For gateways. Never in one publication with what is for clients.
            frames.forEach(ears.sessionNotes);
            return;
        }
        frames.stream().filter(frame -> frame.kind() == Envelope.Kind.STORED).forEach(ears.stored);
        if (partition != null) {
            List<Session> admins = sessions.admins();
            forEachLoop(admins, (loop, own) -> toAdmins(notices.get(loop), own, frames));
        } else {
            List<Session> owners = sessions.ofUser(frames.get(0).owner());
            forEachLoop(owners, (loop, own) -> toOwner(own, frames));
        }
    }

    private void missed(Partition partition, LogStep step) {
        meters.unexpected("publication-missed");
        log.warn("publication missed partition={} before={}", partition.number(), step.entry());
        ears.missed.accept(Optional.of(partition));
    }

    private interface LoopStep {
        void run(int loop, List<Session> own);
    }

    private void forEachLoop(List<Session> all, LoopStep step) {
        for (int i = 0; i < loops.size(); i++) {
            int loop = i;
            List<Session> own = onLoop(all, loop);
            if (!own.isEmpty()) {
                loops.get(loop).execute(() -> step.run(loop, own));
            }
        }
    }

    private static List<Session> onLoop(List<Session> all, int loop) {
        List<Session> own = List.of();
        for (Session session : all) {
            if (session.loop() == loop) {
                own = own.isEmpty() ? new ArrayList<>(all.size()) : own;
                own.add(session);
            }
        }
        return own;
    }

    private void toOwner(List<Session> owners, List<RoutedFrame> frames) {
        for (RoutedFrame routed : frames) {
            if (routed.lane() == Lane.STAFF) {
                // The script never publishes it here. Were it to, this is where it would stop.
                meters.unexpected("staff-lane");
                continue;
            }
            try (SharedFrame frame = shared(routed)) {
                int written = 0;
                for (Session session : owners) {
                    if (session.id() != routed.origin() && session.deliver(frame)) {
                        written++;
                    }
                }
                count(routed, written);
            }
        }
    }

    private void toAdmins(Notices hints, List<Session> admins, List<RoutedFrame> frames) {
        for (RoutedFrame routed : frames) {
            try (SharedFrame frame = shared(routed)) {
                int written = 0;
                boolean othersWantNotice = false;
                for (Session admin : admins) {
                    switch (share(admin, routed)) {
                        case WHOLE -> written += admin.deliver(frame) ? 1 : 0;
                        case NOTICE -> othersWantNotice = true;
                        case NOTHING -> {}
                    }
                }
                count(routed, written);
                if (othersWantNotice) {
                    hints.offer(routed);
                }
            }
        }
    }

    /** What of a frame an admin's connection gets. */
    enum Share {
        WHOLE,
        NOTICE,
        NOTHING
    }

    static Share share(Session admin, RoutedFrame routed) {
        boolean ownersCopy = routed.lane() == Lane.PUBLIC && routed.owner().equals(admin.user());
        if (ownersCopy || admin.id() == routed.origin()) {
            return Share.NOTHING;
        }
        boolean follows = admin.watches().follows(routed.conversation());
        if (routed.kind() == Envelope.Kind.STORED) {
            return follows || admin.awaitsStored(routed.conversation()) ? Share.WHOLE : Share.NOTHING;
        }
        if (routed.kind() == Envelope.Kind.READ_MARK) {
            // State, not news: who doesn't follow learns it with the next head.
            return follows ? Share.WHOLE : Share.NOTHING;
        }
        return follows || routed.sender().equals(admin.user()) ? Share.WHOLE : Share.NOTICE;
    }

    private void count(RoutedFrame routed, int written) {
        if (written > 0 && routed.kind() == Envelope.Kind.MESSAGE) {
            meters.delivered(written, clock.millis() - routed.time());
        }
    }

    private static SharedFrame shared(RoutedFrame routed) {
        return new SharedFrame(routed.published(), routed.frameOffset(), routed.frameLength());
    }
}

package dev.switchboard.benchmarks.proof.fleet.client;

import dev.switchboard.benchmarks.proof.ledger.Device;
import dev.switchboard.benchmarks.proof.ledger.Event;
import dev.switchboard.proto.v1.Accepted;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.Message;
import dev.switchboard.proto.v1.Refused;
import dev.switchboard.proto.v1.Send;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.proto.v1.Watch;
import dev.switchboard.wire.Position;
import dev.switchboard.wire.WireUuid;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One device that behaves as the protocol asks: connects, comes back, resumes, keeps what it said until that is stored, and shows
 * each message once and in order. Confined to the event loop of its fleet.
 */
public final class ChatClient {
    /** From asking for a connection to Welcome. */
    private static final long OPENING_NANOS_MAX = TimeUnit.SECONDS.toNanos(15);
    /** Without any frame for so long, the connection is given up. */
    private static final long SILENCE_NANOS_MAX = TimeUnit.SECONDS.toNanos(35);
    /** It is not looked at all the time, and a busy machine looks late. */
    private static final long LOOKED_LATE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private static final int GOING_AWAY = 1012;
    private static final int TRY_AGAIN_LATER = 1013;

    private final Scene scene;
    private final Who who;
    private final int device;
    private final String token;
    private final Outbox outbox;
    private final Tries tries;
    private final Reader reader;
    private final Backoff backoff;
    private int gateway;
    private Link.Pace pace;
    private @Nullable Link link;
    private @Nullable SecondDevice second;
    private boolean welcomed;
    private boolean gone;
    private int terminalCode;
    private long openedAt;

    /**
     * Who sits at the device.
     *
     * @param home gateway it begins with
     * @param pagesMax of history that it loads when it has to; 0: everything
     */
    public record Who(String user, boolean admin, Device.Follows follows, int home, Link.Pace pace, int pagesMax) {}

    public ChatClient(Scene scene, Who who, String name, SplittableRandom random) {
        this.scene = scene;
        this.who = who;
        this.device = scene.ledger().device(new Device(name, who.user(), who.follows()));
        this.token = scene.tokens().issue(who.user(), who.admin());
        this.outbox = new Outbox(scene.ledger(), device, this::transmit);
        this.tries = new Tries(scene.ledger(), device);
        this.reader = new Reader(scene, who, device, token, this::request, random.split());
        this.backoff = new Backoff(random.split());
        this.gateway = who.home();
        this.pace = who.pace();
    }

    public void connect() {
        if (gone || link != null) {
            return;
        }
        openedAt = System.nanoTime();
        scene.ledger().record(Event.Kind.CONNECT, device, gatewayNumber());
        link = Link.open(scene.loop(), scene.gateway(gateway), token, pace, new Hearing());
    }

    public boolean welcomed() {
        return welcomed;
    }

    public String user() {
        return who.user();
    }

    public int device() {
        return device;
    }

    /** Follows what it was to follow, and shows all that it has heard of. */
    public boolean isWhole() {
        return welcomed && reader.isWhole();
    }

    /** Takes a message into the outbox. */
    public void say(int number, Send send) {
        outbox.add(new Outbox.Entry(number, message(scene.letters().id(number)), send));
        pump();
    }

    /** Sends a message once more, whatever became of it. */
    public void again(Send send, boolean otherGateway) {
        if (otherGateway) {
            second().send(send);
        } else {
            Link open = link;
            if (welcomed && open != null) {
                tries.sent(message(WireUuid.of(send.getClientMsgId().toByteArray())));
                open.send(ClientFrame.newBuilder().setSend(send).build());
            }
        }
    }

    /** Opens the connection through another gateway on which this user repeats things. */
    public void connectTwice() {
        second().connect();
    }

    public boolean welcomedTwice() {
        return second().welcomed();
    }

    private SecondDevice second() {
        SecondDevice known = second;
        if (known == null) {
            known = new SecondDevice(scene, who.user(), who.admin(), who.home() + 1);
            second = known;
        }
        return known;
    }

    /** Leaves the connection, and comes back as after any other end. */
    public void reconnect(boolean abruptly, boolean otherGateway) {
        Link open = link;
        if (open == null) {
            return;
        }
        gateway += otherGateway ? 1 : 0;
        if (abruptly) {
            open.cut();
        } else {
            open.close();
        }
    }

    /** A slow reader takes everything from now on. */
    public void readAtOnce() {
        pace = Link.Pace.AT_ONCE;
        Link open = link;
        if (open != null) {
            open.readAtOnce();
        }
    }

    /** An administrator follows one more conversation. */
    public void watch(UUID conversation) {
        reader.watch(conversation);
    }

    /** Goes for good: nothing is owed to this device any more. */
    public void leave() {
        if (!gone) {
            scene.ledger().record(Event.Kind.LEFT, device, 0);
            close();
        }
    }

    public void close() {
        gone = true;
        Link open = link;
        if (open != null) {
            open.close();
        }
        if (second != null) {
            second.close();
        }
    }

    /** Ten times a second. */
    public void tick(long now) {
        Link open = link;
        if (open == null) {
            return;
        }
        if (!welcomed) {
            if (now - openedAt > OPENING_NANOS_MAX) {
                open.giveUp();
            }
            return;
        }
        boolean readsAll = !pace.slow();
        if (readsAll && now - open.heardAt() > SILENCE_NANOS_MAX - LOOKED_LATE_NANOS) {
            open.cut();
            return;
        }
        outbox.pump(now);
        reader.tick(now, outbox.overdue(now));
    }

    /** What is not quiet yet; empty if everything is. */
    public String unquiet() {
        if (terminalCode != 0) {
            return "was closed with " + terminalCode + ", which is for good";
        }
        if (gone) {
            return "";
        }
        if (!welcomed) {
            return "not connected";
        }
        return outbox.isEmpty() ? reader.unquiet() : outbox.describe();
    }

    private void frame(ServerFrame frame) {
        switch (frame.getFrameCase()) {
            case MESSAGE -> said(frame.getMessage());
            case ACCEPTED -> accepted(frame.getAccepted());
            case REFUSED -> refused(frame.getRefused(), frame.getRef());
            case STORED -> {
                int lane = lane(
                        frame.getStored().getConversation().toByteArray(),
                        frame.getStored().getLane());
                Position position = new Position(
                        frame.getStored().getEpoch(), frame.getStored().getSeq());
                reader.stored(lane, position);
                outbox.stored(lane, position);
            }
            case SYNC -> reader.sync(frame.getSync(), frame.getRef(), outbox);
            case WELCOME -> welcome(frame);
            case GOING_AWAY ->
                backoff.asked(Duration.ofMillis(frame.getGoingAway().getReconnectAfterMs()));
            default -> {}
        }
    }

    private void ended(int code) {
        scene.ledger().record(Event.Kind.CLOSE, device, code);
        Link open = link;
        if (open != null) {
            open.askedToWait().ifPresent(backoff::asked);
        }
        link = null;
        tries.lost();
        reader.disconnected();
        if (!welcomed || code == GOING_AWAY || code == TRY_AGAIN_LATER) {
            gateway++;
        }
        welcomed = false;
        if (CloseCode.isTerminal(code)) {
            terminalCode = code;
            gone = true;
        }
        if (!gone) {
            Duration wait = backoff.after(code, Duration.ofNanos(System.nanoTime() - openedAt));
            scene.loop().schedule(this::connect, wait.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private void welcome(ServerFrame frame) {
        welcomed = true;
        scene.ledger().record(Event.Kind.WELCOME, device, gatewayNumber());
        if (who.follows() == Device.Follows.ALL) {
            request(ClientFrame.newBuilder().setWatch(Watch.newBuilder().setAll(true)));
        }
        reader.welcomed(frame.getWelcome(), scene.gateway(gateway), outbox);
        outbox.reconnected();
        pump();
    }

    private void said(Message said) {
        UUID id = WireUuid.of(said.getClientMsgId().toByteArray());
        int message = scene.ledger().message(id, said.getSender());
        int lane = lane(said.getConversation().toByteArray(), said.getLane());
        if (!scene.letters().matches(id, said.getText())) {
            scene.ledger()
                    .record(Event.Kind.ALTERED, device, message, lane, new Position(said.getEpoch(), said.getSeq()), 0);
        }
        outbox.epoch(lane, said.getEpoch());
        reader.said(said, message);
    }

    private void accepted(Accepted accepted) {
        UUID id = WireUuid.of(accepted.getClientMsgId().toByteArray());
        UUID conversation = WireUuid.of(accepted.getConversation().toByteArray());
        int message = message(id);
        int lane = scene.ledger().lane(conversation, accepted.getLane());
        Position position = new Position(accepted.getEpoch(), accepted.getSeq());
        tries.answered(message);
        scene.ledger().record(Event.Kind.ACCEPTED, device, message, lane, position, accepted.getDuplicate() ? 1 : 0);
        scene.heads().accepted(lane, position);
        if (!who.admin()) {
            scene.heads().conversation(who.user(), conversation);
        }
        outbox.epoch(lane, position.epoch());
        if (outbox.accepted(scene.letters().number(id), lane, position, reader.storedUpTo(lane), System.nanoTime())) {
            reader.own(accepted, message);
        }
        pump();
    }

    private void refused(Refused refused, int ref) {
        if (refused.getClientMsgId().isEmpty()) {
            reader.refused(refused, ref, outbox);
            return;
        }
        UUID id = WireUuid.of(refused.getClientMsgId().toByteArray());
        tries.answered(message(id));
        scene.ledger().recordMessage(Event.Kind.REFUSED, device, message(id), refused.getCodeValue());
        outbox.refused(scene.letters().number(id), refused, System.nanoTime());
    }

    private void transmit(Outbox.Entry entry) {
        Link open = link;
        if (open != null) {
            tries.sent(entry.message());
            open.send(ClientFrame.newBuilder().setSend(entry.send()).build());
        }
    }

    private void request(ClientFrame.Builder frame) {
        Link open = link;
        if (welcomed && open != null) {
            open.send(frame.build());
        }
    }

    private void pump() {
        if (welcomed) {
            outbox.pump(System.nanoTime());
        }
    }

    private int message(UUID id) {
        return scene.ledger().message(id, who.user());
    }

    private int lane(byte[] conversation, Lane lane) {
        return scene.ledger().lane(WireUuid.of(conversation), lane);
    }

    private int gatewayNumber() {
        return Math.floorMod(gateway, scene.gateways().size());
    }

    /** What a connection tells. */
    private final class Hearing implements Link.Listener {
        @Override
        public void frame(ServerFrame frame) {
            ChatClient.this.frame(frame);
        }

        @Override
        public void ended(int code) {
            ChatClient.this.ended(code);
        }
    }
}

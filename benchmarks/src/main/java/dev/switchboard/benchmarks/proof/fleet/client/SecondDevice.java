package dev.switchboard.benchmarks.proof.fleet.client;

import dev.switchboard.benchmarks.proof.ledger.Device;
import dev.switchboard.benchmarks.proof.ledger.Event;
import dev.switchboard.proto.v1.Accepted;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.Send;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.wire.Position;
import dev.switchboard.wire.WireUuid;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A second connection of a user, through another gateway, which only repeats what the first one says. It connects when it has
 * something to repeat, and shows nothing. Confined to the event loop.
 */
final class SecondDevice implements Link.Listener {
    private final Scene scene;
    private final String user;
    private final boolean admin;
    private final int gateway;
    private final int device;
    private final Tries tries;
    private final Deque<Send> waiting = new ArrayDeque<>();
    private @Nullable Link link;
    private boolean welcomed;
    private boolean closed;

    SecondDevice(Scene scene, String user, boolean admin, int gateway) {
        this.scene = scene;
        this.user = user;
        this.admin = admin;
        this.gateway = gateway;
        this.device = scene.ledger().device(new Device(user + ", second device", user, Device.Follows.NOTHING));
        this.tries = new Tries(scene.ledger(), device);
    }

    void connect() {
        if (link == null && !closed) {
            scene.ledger()
                    .record(
                            Event.Kind.CONNECT,
                            device,
                            Math.floorMod(gateway, scene.gateways().size()));
            String token = scene.tokens().issue(user, admin);
            link = Link.open(scene.loop(), scene.gateway(gateway), token, Link.Pace.AT_ONCE, this);
        }
    }

    boolean welcomed() {
        return welcomed;
    }

    /** Sends it on its connection, or when it has one. What a broken connection swallows is not repeated. */
    void send(Send send) {
        waiting.add(send);
        connect();
        flush();
    }

    void close() {
        closed = true;
        Link open = link;
        if (open != null) {
            open.close();
        }
    }

    @Override
    public void frame(ServerFrame frame) {
        switch (frame.getFrameCase()) {
            case WELCOME -> {
                welcomed = true;
                scene.ledger()
                        .record(
                                Event.Kind.WELCOME,
                                device,
                                Math.floorMod(gateway, scene.gateways().size()));
                flush();
            }
            case ACCEPTED -> accepted(frame.getAccepted());
            case REFUSED -> {
                if (frame.getRefused().getClientMsgId().size() == WireUuid.BYTES) {
                    int message = message(
                            WireUuid.of(frame.getRefused().getClientMsgId().toByteArray()));
                    tries.answered(message);
                    scene.ledger()
                            .recordMessage(
                                    Event.Kind.REFUSED,
                                    device,
                                    message,
                                    frame.getRefused().getCodeValue());
                }
            }
            default -> {}
        }
    }

    @Override
    public void ended(int code) {
        link = null;
        welcomed = false;
        waiting.clear();
        tries.lost();
        scene.ledger().record(Event.Kind.CLOSE, device, code);
    }

    private void flush() {
        Link open = link;
        if (!welcomed || open == null) {
            return;
        }
        for (Send send = waiting.poll(); send != null; send = waiting.poll()) {
            tries.sent(message(WireUuid.of(send.getClientMsgId().toByteArray())));
            open.send(ClientFrame.newBuilder().setSend(send).build());
        }
    }

    private void accepted(Accepted accepted) {
        int message = message(WireUuid.of(accepted.getClientMsgId().toByteArray()));
        int lane = scene.ledger().lane(WireUuid.of(accepted.getConversation().toByteArray()), accepted.getLane());
        Position position = new Position(accepted.getEpoch(), accepted.getSeq());
        tries.answered(message);
        scene.heads().accepted(lane, position);
        scene.ledger().record(Event.Kind.ACCEPTED, device, message, lane, position, accepted.getDuplicate() ? 1 : 0);
    }

    private int message(UUID id) {
        return scene.ledger().message(id, user);
    }
}

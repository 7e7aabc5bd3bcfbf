package dev.switchboard.gateway.room;

import dev.switchboard.wire.Keys;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * Hears the room in which gateways tell each other who may not come in any more, and passes all others on. On the subscribing
 * event loop.
 */
public final class AccessRoom implements RoomSubscriber.Listener {
    private final RoomSubscriber.Listener others;
    private final Runnable revoked;
    private final Consumer<String> refused;

    /**
     * One for the gateway.
     *
     * @param revoked runs when something was revoked, and when that may have been missed
     * @param refused takes an address that sent too many forged tokens
     */
    public AccessRoom(RoomSubscriber.Listener others, Runnable revoked, Consumer<String> refused) {
        this.others = others;
        this.revoked = revoked;
        this.refused = refused;
    }

    @Override
    public void published(String room, byte[] publication) {
        if (!room.equals(Keys.ACCESS_ROOM)) {
            others.published(room, publication);
        } else if (publication.length == 0) {
            revoked.run();
        } else {
            refused.accept(new String(publication, StandardCharsets.UTF_8));
        }
    }

    @Override
    public void subscribed(String room) {
        others.subscribed(room);
    }

    @Override
    public void interrupted() {
        revoked.run();
        others.interrupted();
    }
}

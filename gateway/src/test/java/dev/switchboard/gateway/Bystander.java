package dev.switchboard.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.Ping;
import dev.switchboard.proto.v1.ServerFrame.FrameCase;
import java.io.IOException;

/** A client that does everything right while others do not: whatever they send, it must notice nothing. */
public final class Bystander implements AutoCloseable {
    private final TestSocket socket;
    private int ref;

    public Bystander(Gateway gateway) throws IOException {
        socket = GatewayRig.user(gateway, "bystander");
    }

    /** Still connected, still answered, and nothing came that was not asked for. */
    public void noticedNothing() throws IOException {
        ref++;
        socket.send(ClientFrame.newBuilder()
                .setRef(ref)
                .setPing(Ping.getDefaultInstance())
                .build());
        assertEquals(ref, socket.await(FrameCase.PONG).getRef());
        assertEquals(ref + 1, socket.received().size(), "Welcome and a Pong for each Ping");
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}

package dev.switchboard.gateway.api.ws;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.switchboard.gateway.auth.TokenMint;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.LanePosition;
import dev.switchboard.proto.v1.Ping;
import dev.switchboard.proto.v1.Read;
import dev.switchboard.proto.v1.Reauth;
import dev.switchboard.proto.v1.Resume;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.proto.v1.Send;
import dev.switchboard.proto.v1.Unwatch;
import dev.switchboard.proto.v1.Watch;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.WireUuid;
import java.time.Instant;
import java.util.UUID;
import java.util.stream.Stream;

/** Good frames of clients, one of every kind at least: where the search for bad ones begins. */
final class ClientFrameSeeds {
    private static final ByteString CONVERSATION =
            ByteString.copyFrom(ConversationId.openedBy("ana", new UUID(1, 1)).bytes());

    private ClientFrameSeeds() {}

    static Stream<ClientFrame> all() {
        ByteString id = ByteString.copyFrom(WireUuid.bytes(new UUID(0x0190_0000_0000_7000L, 0x8000_0000_0000_0001L)));
        Send.Builder send = Send.newBuilder().setClientMsgId(id).setText("¿Hola?\r\n👋");
        return Stream.of(
                frame().setSend(send).build(),
                frame().setSend(send.setConversation(CONVERSATION)).build(),
                frame().setSend(send.setOwner("ana").setLane(Lane.STAFF)).build(),
                frame().setWatch(Watch.newBuilder()
                                .setConversation(CONVERSATION)
                                .setEpoch(3)
                                .setSeq(4))
                        .build(),
                frame().setWatch(Watch.newBuilder().setAll(true)).build(),
                frame().setUnwatch(Unwatch.newBuilder().setConversation(CONVERSATION))
                        .build(),
                frame().setResume(Resume.newBuilder()
                                .addPositions(position(Lane.PUBLIC, 5))
                                .addPositions(position(Lane.STAFF, 0)))
                        .build(),
                frame().setReauth(Reauth.newBuilder()
                                .setToken(TokenMint.token("ana", Role.ADMIN, Instant.ofEpochSecond(4_000_000_000L))))
                        .build(),
                frame().setRead(Read.newBuilder()
                                .setConversation(CONVERSATION)
                                .setEpoch(1)
                                .setSeq(9))
                        .build(),
                frame().setPing(Ping.getDefaultInstance()).setVersion(1).build());
    }

    static Stream<String> allJson() {
        return all().map(ClientFrameSeeds::json);
    }

    static String json(ClientFrame frame) {
        try {
            return JsonFormat.printer().omittingInsignificantWhitespace().print(frame);
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError("only Any fields can fail, and there are none", e);
        }
    }

    private static ClientFrame.Builder frame() {
        return ClientFrame.newBuilder().setRef(7);
    }

    private static LanePosition.Builder position(Lane lane, int seq) {
        return LanePosition.newBuilder()
                .setConversation(CONVERSATION)
                .setLane(lane)
                .setEpoch(2)
                .setSeq(seq);
    }
}

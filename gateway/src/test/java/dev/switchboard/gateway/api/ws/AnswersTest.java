package dev.switchboard.gateway.api.ws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.switchboard.gateway.auth.TokenMint;
import dev.switchboard.gateway.desk.ResumeLanes;
import dev.switchboard.gateway.log.LaneState;
import dev.switchboard.gateway.log.ReadState;
import dev.switchboard.gateway.ops.GatewayMeters;
import dev.switchboard.gateway.session.Session;
import dev.switchboard.gateway.session.TickFlush;
import dev.switchboard.gateway.session.UsualLimits;
import dev.switchboard.gateway.session.WireFormat;
import dev.switchboard.proto.v1.Envelope;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.Limits;
import dev.switchboard.proto.v1.Message;
import dev.switchboard.proto.v1.Publication;
import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.proto.v1.Refused;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Position;
import dev.switchboard.wire.RoutedFrame;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class AnswersTest {
    private static final ConversationId CONVERSATION = ConversationId.openedBy("ana", UUID.randomUUID());

    @Test
    void aTailThatGrowsInJsonMakesNoSlowConsumer() throws InvalidProtocolBufferException {
        EmbeddedChannel channel = new EmbeddedChannel() {
            @Override
            protected void doWrite(ChannelOutboundBuffer in) {
                // Takes nothing for now.
            }
        };
        GatewayMeters meters = new GatewayMeters("test");
        Session session = new Session(
                5,
                TokenMint.identity("ana", Role.USER, Instant.now().plusSeconds(60)),
                channel,
                WireFormat.JSON,
                new Session.LoopParts(
                        0, new TickFlush(channel.eventLoop()), UsualLimits.total(), UsualLimits.LIMITS, meters));
        session.welcome(ServerFrame.getDefaultInstance());
        Position head = new Position(1, 30);
        LaneState tail =
                new LaneState("ana", head, head, LaneState.Outcome.COMPLETE, ReadState.NONE, tail(), 0, List.of());
        ResumeLanes.At at = new ResumeLanes.At(CONVERSATION, Lane.PUBLIC, Position.START);
        ResumeLanes.LaneAnswer answer = new Answers(Limits.getDefaultInstance(), Clock.systemUTC())
                .messages(new ResumeLanes.LaneAnswer(at, tail, 0), session);
        assertTrue(session.closing().isEmpty());
        assertEquals(LaneState.Outcome.MORE, answer.state().outcome());
        assertEquals(head, answer.state().head());
        session.closed();
        channel.close();
        meters.close();
    }

    @Test
    void everyRefusalThatMayBeRetriedSaysWhen() {
        Answers answers = new Answers(Limits.getDefaultInstance(), Clock.systemUTC());
        for (RefusalCode code : RefusalCode.values()) {
            if (code == RefusalCode.UNRECOGNIZED) {
                continue;
            }
            for (Refused refused : List.of(
                    answers.refused(1, ByteString.EMPTY, code, 0).getRefused(),
                    answers.refused(1, code, "").getRefused())) {
                boolean advised = refused.getRetryAfterMs() >= Answers.RETRY_MILLIS_MIN
                        && refused.getRetryAfterMs() < 2 * Answers.RETRY_MILLIS_MIN;
                assertEquals(code.getNumber() >= RefusalCode.RATE_LIMITED_VALUE, refused.getRetryable(), code::name);
                assertEquals(refused.getRetryable(), advised, code::name);
            }
            assertEquals(
                    7,
                    answers.refused(1, ByteString.EMPTY, code, 7).getRefused().getRetryAfterMs(),
                    "whoever refused knows better");
        }
        assertTrue(answers.tooFast(1).getRefused().getRetryAfterMs() > 0);
    }

    /** 480 KB as Protobuf, 2.9 MB as JSON. */
    private static List<RoutedFrame> tail() throws InvalidProtocolBufferException {
        Publication.Builder tail = Publication.newBuilder();
        for (int i = 1; i <= 30; i++) {
            Message.Builder message =
                    Message.newBuilder().setText("<".repeat(16_000)).setSeq(i);
            tail.addEnvelopes(Envelope.newBuilder()
                    .setConversation(ByteString.copyFrom(CONVERSATION.bytes()))
                    .setOwner("ana")
                    .setFrame(
                            ServerFrame.newBuilder().setMessage(message).build().toByteString()));
        }
        return RoutedFrame.read(tail.build().toByteArray());
    }
}

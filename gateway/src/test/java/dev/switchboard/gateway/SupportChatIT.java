package dev.switchboard.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.switchboard.proto.v1.Accepted;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.Message;
import dev.switchboard.proto.v1.Ping;
import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.proto.v1.Send;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.proto.v1.ServerFrame.FrameCase;
import dev.switchboard.proto.v1.Watch;
import dev.switchboard.servers.Await;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.Partition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the documents "Support Chat System" and "WebSocket Events" say of live messages, over both subprotocols, two gateways and
 * a real Redis. Their {@code mensaje_privado { para, mensaje }} is a Send with owner and text, their {@code mensaje_recibido} a
 * Message.
 */
class SupportChatIT extends BetweenTwoGateways {
    private static final String NATIVE = "switchboard.v1";
    private static final String JSON = "switchboard.v1.json";

    /** One connection in either format. */
    private record Client(TestSocket socket, boolean json, List<ServerFrame> heard) implements AutoCloseable {
        static Client open(Gateway gateway, String token, String subprotocol) throws IOException {
            Client client = new Client(
                    TestSocket.open(gateway.port(), token, subprotocol), subprotocol.equals(JSON), new ArrayList<>());
            client.await(frame -> frame.hasWelcome());
            return client;
        }

        static Client user(Gateway gateway, String user, String subprotocol) throws IOException {
            return open(gateway, GatewayRig.token(user), subprotocol);
        }

        static Client admin(Gateway gateway, String user, String subprotocol) throws IOException {
            return open(gateway, GatewayRig.adminToken(user), subprotocol);
        }

        void send(ClientFrame frame) throws IOException {
            if (json) {
                String text =
                        JsonFormat.printer().omittingInsignificantWhitespace().print(frame);
                socket.send(TestSocket.frame(0x81, text.getBytes(StandardCharsets.UTF_8)));
            } else {
                socket.send(TestSocket.frame(0x82, frame.toByteArray()));
            }
        }

        Accepted say(Send.Builder send) throws IOException {
            send(ClientFrame.newBuilder().setSend(send).build());
            return await(ServerFrame::hasAccepted).getAccepted();
        }

        RefusalCode refused(Send.Builder send) throws IOException {
            send(ClientFrame.newBuilder().setSend(send).build());
            return await(ServerFrame::hasRefused).getRefused().getCode();
        }

        Client following() throws IOException {
            send(ClientFrame.newBuilder()
                    .setRef(5)
                    .setWatch(Watch.newBuilder().setAll(true))
                    .build());
            await(frame -> frame.getRef() == 5);
            return this;
        }

        ServerFrame await(Predicate<ServerFrame> wanted) {
            while (true) {
                ServerFrame frame = read(socket.next());
                heard.add(frame);
                if (wanted.test(frame)) {
                    return frame;
                }
            }
        }

        Message message(String text) {
            return await(frame -> frame.getMessage().getText().equals(text)).getMessage();
        }

        /** Everything up to here: what was published before a pong was asked for has arrived before it. */
        long count(String text) throws IOException {
            send(ClientFrame.newBuilder()
                    .setRef(77)
                    .setPing(Ping.getDefaultInstance())
                    .build());
            await(frame -> frame.getRef() == 77);
            return heard.stream()
                    .filter(frame -> frame.getMessage().getText().equals(text))
                    .count();
        }

        private ServerFrame read(TestSocket.Frame frame) {
            try {
                if (!json) {
                    return ServerFrame.parseFrom(frame.payload());
                }
                ServerFrame.Builder parsed = ServerFrame.newBuilder();
                JsonFormat.parser().merge(frame.payload().toStringUtf8(), parsed);
                return parsed.build();
            } catch (InvalidProtocolBufferException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {NATIVE, JSON})
    @Tag("S0.15")
    @Tag("S0.16")
    @Tag("S0.17")
    @Tag("S0.19")
    @Tag("S0.20")
    @Tag("S0.21")
    @Tag("S0.22")
    @Tag("S0.26")
    @Tag("S1.5")
    @Tag("S1.8")
    @Tag("S1.9")
    @Tag("S1.10")
    @Tag("S1.11")
    @Tag("S1.15")
    void aUsersMessageReachesTheirDevicesAndEveryAdministratorOnce(String format) throws IOException {
        String user = "ana-" + format;
        try (Client ana = Client.user(a, user, format);
                Client phone = Client.user(b, user, format);
                Client sofia = Client.admin(a, "sofia", format).following();
                Client admin = Client.admin(b, "admin", format).following();
                Client stranger = Client.user(b, "stranger", format)) {
            String text = "¿hay alguien? 😀 " + format;
            Accepted accepted = ana.say(TestSocket.say(text));
            for (Client receiver : List.of(phone, sofia, admin)) {
                Message message = receiver.message(text);
                assertEquals(user, message.getSender());
                assertEquals(Role.USER, message.getSenderRole());
                assertEquals(accepted.getServerTime(), message.getTime());
            }
            // Its room and the admins' room both concern whoever is called admin.
            assertEquals(1, admin.count(text));
            assertEquals(1, sofia.count(text));
            assertEquals(0, stranger.count(text));
            assertEquals(0, ana.count(text));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {NATIVE, JSON})
    @Tag("S0.21")
    @Tag("S0.23")
    @Tag("S1.11")
    @Tag("S1.16")
    void anAnswerReachesItsRecipientAndNoAdministratorWhoDoesNotFollow(String format) throws IOException {
        String user = "berta-" + format;
        try (Client berta = Client.user(a, user, format);
                Client phone = Client.user(b, user, format);
                Client sofia = Client.admin(a, "sofia", format);
                Client marco = Client.admin(b, "marco", format)) {
            String text = "buenas " + format;
            sofia.say(TestSocket.say(text).setOwner(user));
            for (Client receiver : List.of(berta, phone)) {
                Message message = receiver.message(text);
                assertEquals("sofia", message.getSender());
                assertEquals(Role.ADMIN, message.getSenderRole());
            }
            // They learn that there is something, for their list.
            marco.await(frame -> frame.getNotice().getOwner().equals(user));
            assertEquals(0, marco.count(text));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {NATIVE, JSON})
    @Tag("S0.20")
    @Tag("S0.27")
    @Tag("S1.6")
    @Tag("S1.7")
    void nobodyWritesToOthersAndNothingWithoutRecipientOrText(String format) throws IOException {
        try (Client carla = Client.user(a, "carla-" + format, format);
                Client dora = Client.user(a, "dora-" + format, format);
                Client sofia = Client.admin(a, "sofia", format)) {
            assertEquals(
                    RefusalCode.FORBIDDEN, carla.refused(TestSocket.say("psst").setOwner("dora-" + format)));
            assertEquals(0, dora.count("psst"));
            assertEquals(RefusalCode.BAD_REQUEST, sofia.refused(TestSocket.say("¿a quién?")));
            assertEquals(RefusalCode.EMPTY, sofia.refused(TestSocket.say("").setOwner("carla-" + format)));
            assertEquals(RefusalCode.EMPTY, carla.refused(TestSocket.say(" \n ")));
            // The sender is who the token says, whatever conversation they name.
            Accepted own = carla.say(TestSocket.say("soy yo").setOwner("carla-" + format));
            assertEquals(
                    RefusalCode.FORBIDDEN,
                    dora.refused(TestSocket.say("no soy ella").setConversation(own.getConversation())));
        }
    }

    @Test
    @Tag("S0.15")
    @Tag("S0.16")
    @Tag("S0.18")
    @Tag("S0.64")
    @Tag("S0.65")
    @Tag("S1.4")
    @Tag("S1.14")
    @Tag("S1.17")
    void roomsAreJoinedOnConnectAndLeftOnDisconnectWhichIsLoggedAndToldToNobody() throws IOException {
        String room = Keys.userRoom("eva");
        String admins = Keys.adminsRoom(Partition.ofOwner("eva"));
        try (LogCapture logged = new LogCapture();
                Client witness = Client.user(a, "witness", NATIVE)) {
            long entries = entries();
            try (Client eva = Client.user(a, "eva", NATIVE);
                    Client phone = Client.user(b, "eva", NATIVE);
                    Client sofia = Client.admin(b, "sofia", NATIVE)) {
                // One for each gateway, however many connections it has.
                assertEquals(2, subscribers(room));
                assertEquals(1, subscribers(admins));
                assertEquals(1, subscribers(Keys.userRoom("sofia")));
                assertEquals(2, logged.count(line -> line.contains("user=eva role=USER")));
                assertEquals(1, logged.count(line -> line.contains("user=sofia role=ADMIN")));
                assertEquals(0, phone.count("nothing") + eva.count("nothing") + sofia.count("nothing"));
            }
            assertTrue(Await.until(
                    Duration.ofSeconds(10),
                    () -> subscribers(room) == 0
                            && subscribers(admins) == 0
                            && logged.count(line -> line.contains("🔴 Usuario desconectado: eva")) == 2));
            assertEquals(0, witness.count("nothing"));
            assertEquals(
                    List.of(FrameCase.WELCOME, FrameCase.PONG),
                    witness.heard().stream().map(ServerFrame::getFrameCase).toList());
            assertEquals(entries, entries(), "connecting is nothing that is kept");
        }
    }

    @Test
    @Tag("S1.21")
    void theSocketAndTheHttpApiShareOnePort() throws IOException {
        List<String> request = List.of(
                "GET /api/v1/session HTTP/1.1", "Host: localhost", "Cookie: token=" + GatewayRig.token("frida"));
        assertEquals(200, TestSocket.ask(a.port(), request).status());
        try (Client frida = Client.user(a, "frida", NATIVE)) {
            assertEquals(0, frida.count("nothing"));
        }
    }

    private long subscribers(String room) {
        AtomicLong count = new AtomicLong();
        rig.withRedis(redis -> count.set(redis.sync().pubsubShardNumsub(room).getOrDefault(room, 0L)));
        return count.get();
    }

    private long entries() {
        AtomicLong sum = new AtomicLong();
        rig.withRedis(redis ->
                Partition.all().forEach(partition -> sum.addAndGet(redis.sync().xlen(Keys.log(partition)))));
        return sum.get();
    }
}

package dev.switchboard.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.switchboard.proto.v1.Accepted;
import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.proto.v1.Refused;
import dev.switchboard.proto.v1.Send;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.proto.v1.ServerFrame.FrameCase;
import dev.switchboard.servers.Await;
import dev.switchboard.servers.DatabaseServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code stored}: ACCEPTED is said when MySQL has it, and not before. */
class AckStoredIT {
    @RegisterExtension
    static final Site site =
            new Site(2, 1, Map.of("SWITCHBOARD_ACK_DURABILITY", "stored", "SWITCHBOARD_ACK_STORED_TIMEOUT", "1s"));

    private static int rows(ByteString clientMsgId) {
        DatabaseServer database = site.stack().database().orElseThrow();
        try (Connection connection = DriverManager.getConnection(
                        database.jdbcUrl(),
                        database.gateway().user(),
                        database.gateway().password());
                PreparedStatement statement =
                        connection.prepareStatement("SELECT COUNT(*) FROM message WHERE client_msg_id = ?")) {
            statement.setBytes(1, clientMsgId.toByteArray());
            try (ResultSet count = statement.executeQuery()) {
                count.next();
                return count.getInt(1);
            }
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private static ServerFrame answer(ChatClient client, Send send) {
        client.send(send);
        while (true) {
            ServerFrame frame = client.next().frame();
            if (frame.getFrameCase() == FrameCase.ACCEPTED || frame.getFrameCase() == FrameCase.REFUSED) {
                return frame;
            }
        }
    }

    private static String readiness(int gateway) {
        URI management = site.stack().gateways().get(gateway).management();
        try {
            return HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(management.resolve("/readyz"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    @Test
    void whatIsAcceptedIsARow() {
        try (ChatClient ana = site.chat("ana", false)) {
            for (int i = 0; i < 10; i++) {
                Send send = ChatClient.message("m" + i).build();
                ServerFrame answer = answer(ana, send);
                assertEquals(i + 1, answer.getAccepted().getSeq(), answer::toString);
                assertEquals(1, rows(send.getClientMsgId()));
            }
        }
    }

    @Test
    void whatMysqlDoesNotGetInTimeIsUnknownAndItsRetryWaitsLikeTheFirstTry() {
        ServiceProcess worker = site.stack().workers().get(0);
        try (ChatClient bob = site.chat("bob", false);
                ChatClient phone = ChatClient.open(site.gateway(0), site.token("bob", false))) {
            assertTrue(answer(bob, ChatClient.message("before").build()).hasAccepted());
            worker.pause();
            Send send = ChatClient.message("during").build();
            long start = System.nanoTime();
            Refused refused = answer(bob, send).getRefused();
            long millis = (System.nanoTime() - start) / 1_000_000;
            assertEquals(RefusalCode.TIMEOUT, refused.getCode());
            assertTrue(refused.getRetryable() && refused.getRetryAfterMs() > 0);
            assertTrue(millis >= 1_000, "after " + millis + " ms");
            assertEquals(RefusalCode.TIMEOUT, answer(phone, send).getRefused().getCode(), "a retry, elsewhere");
            assertEquals(0, rows(send.getClientMsgId()));
            assertTrue(readiness(0).contains("MySQL does not get in time what was accepted"), () -> readiness(0));
            assertTrue(readiness(1).contains("MySQL does not get in time what was accepted"), () -> readiness(1));

            worker.resume();
            assertTrue(Await.until(
                    Site.PATIENCE,
                    () -> !readiness(0).contains("MySQL") && !readiness(1).contains("MySQL")));
            Accepted accepted = answer(bob, send).getAccepted();
            assertTrue(accepted.getDuplicate());
            assertEquals(2, accepted.getSeq());
            assertEquals(1, rows(send.getClientMsgId()));
            // What is stored long since is told without a publication.
            assertEquals(accepted, answer(phone, send).getAccepted());
            assertFalse(answer(phone, ChatClient.message("after").build())
                    .getAccepted()
                    .getDuplicate());
        } finally {
            worker.resume();
        }
    }
}

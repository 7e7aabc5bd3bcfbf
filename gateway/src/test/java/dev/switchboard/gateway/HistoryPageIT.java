package dev.switchboard.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.switchboard.gateway.TestSocket.Answer;
import dev.switchboard.proto.v1.ServerFrame.FrameCase;
import dev.switchboard.wire.ConversationId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A page of history has no more messages, and hardly more bytes, than it may; what lacks stands on the next one. */
@ExtendWith(LeakCheck.class)
class HistoryPageIT {
    private static final int MESSAGES = 40;
    private static final int TEXT = 4_000;
    private static final int PAGE_BYTES = 64 * 1024;

    @RegisterExtension
    static final OneGateway one = OneGateway.with(
            Map.of("HISTORY_PAGE_MESSAGES_MAX", "30", "HISTORY_PAGE_MAX", "64KiB", "RATE_USER_BURST", "1000"));

    private static Answer ask(String path) throws IOException {
        return TestSocket.ask(
                one.port(),
                List.of("GET " + path + " HTTP/1.1", "Host: a", "Authorization: Bearer " + GatewayRig.token("ana")));
    }

    @Test
    void aPageIsShorterWhereItsTextsAreLong() throws IOException {
        ConversationId conversation = ConversationId.openedBy("nobody", new UUID(1, 1));
        try (TestSocket ana = GatewayRig.user(one.gateway(), "ana")) {
            for (int i = 0; i < MESSAGES; i++) {
                ana.send(TestSocket.say("x".repeat(TEXT)));
                conversation = ConversationId.parse(ana.await(FrameCase.ACCEPTED)
                                .getAccepted()
                                .getConversation()
                                .toByteArray())
                        .orElseThrow();
            }
        }
        String messages = "/api/v1/conversations/" + conversation + "/messages";
        assertEquals(400, ask(messages + "?limit=31").status());
        List<Integer> all = new ArrayList<>();
        String path = messages;
        for (int pages = 1; ; pages++) {
            Answer answer = ask(path + (pages == 1 ? "?" : "&") + "limit=30");
            assertEquals(200, answer.status());
            JsonObject page = JsonParser.parseString(answer.body()).getAsJsonObject();
            JsonArray texts = page.getAsJsonArray("messages");
            assertTrue(texts.size() > 0 && texts.size() * TEXT <= PAGE_BYTES, "messages: " + texts.size());
            List<Integer> seqs = new ArrayList<>();
            texts.forEach(each -> seqs.add(each.getAsJsonObject().get("seq").getAsInt()));
            all.addAll(0, seqs);
            if (page.get("before").isJsonNull()) {
                assertTrue(pages > 2 && pages <= 10, "pages: " + pages);
                break;
            }
            path = messages + "?before=" + page.get("before").getAsString();
        }
        assertEquals(IntStream.rangeClosed(1, MESSAGES).boxed().toList(), all);
    }
}

package dev.switchboard.local.demo;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One of the demo's people on a connection of their own, over the JSON subprotocol. Says one thing after the other, each until it
 * is accepted. One thread speaks; the JDK's threads listen.
 */
public final class DemoSpeaker implements AutoCloseable, WebSocket.Listener {
    private static final int ANSWER_SECONDS_MAX = 5;
    /** Tries of one message; the rate of a user leaves room for all of a conversation. */
    private static final int TRIES_MAX = 10;

    private static final int RETRY_MILLIS_DEFAULT = 200;

    private final BlockingQueue<JsonObject> answers = new LinkedBlockingQueue<>();
    private final StringBuilder frame = new StringBuilder();
    private final WebSocket socket;

    public DemoSpeaker(HttpClient http, URI gateway, String token) throws IOException, InterruptedException {
        URI address = URI.create("ws://" + gateway.getAuthority() + "/ws");
        try {
            socket = http.newWebSocketBuilder()
                    .header("Authorization", "Bearer " + token)
                    .subprotocols("switchboard.v1.json")
                    .buildAsync(address, this)
                    .get(ANSWER_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("no connection to " + address, e);
        }
    }

    /** Says a text in the conversation of its owner. Said before under this id, it is not said twice. */
    public void say(UUID id, String owner, String text) throws IOException, InterruptedException {
        String wireId = base64(id);
        JsonObject send = new JsonObject();
        send.addProperty("clientMsgId", wireId);
        send.addProperty("owner", owner);
        send.addProperty("text", text);
        JsonObject command = new JsonObject();
        command.add("send", send);
        for (int i = 0; i < TRIES_MAX; i++) {
            socket.sendText(command.toString(), true);
            JsonObject refused = refusal(wireId);
            if (refused == null) {
                return;
            }
            if (!refused.has("retryable")) {
                throw new IOException("refused: " + refused.get("code"));
            }
            JsonElement wait = refused.get("retryAfterMs");
            // The server asks for this pause.
            TimeUnit.MILLISECONDS.sleep(wait == null ? RETRY_MILLIS_DEFAULT : wait.getAsLong());
        }
        throw new IOException("refused again and again");
    }

    @Override
    public void close() {
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "").orTimeout(1, TimeUnit.SECONDS);
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
        frame.append(data);
        if (last) {
            answers.add(JsonParser.parseString(frame.toString()).getAsJsonObject());
            frame.setLength(0);
        }
        webSocket.request(1);
        return null;
    }

    /** What refuses this message; nothing if it was accepted. */
    private @Nullable JsonObject refusal(String wireId) throws IOException, InterruptedException {
        while (true) {
            JsonObject answer = answers.poll(ANSWER_SECONDS_MAX, TimeUnit.SECONDS);
            if (answer == null) {
                throw new IOException("no answer of the gateway");
            }
            if (concerns(answer.getAsJsonObject("accepted"), wireId)) {
                return null;
            }
            JsonObject refused = answer.getAsJsonObject("refused");
            if (concerns(refused, wireId)) {
                return refused;
            }
        }
    }

    private static boolean concerns(@Nullable JsonObject answer, String wireId) {
        return answer != null
                && answer.has("clientMsgId")
                && answer.get("clientMsgId").getAsString().equals(wireId);
    }

    private static String base64(UUID id) {
        ByteBuffer bytes = ByteBuffer.allocate(16);
        bytes.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
        return new String(Base64.getEncoder().encode(bytes.array()), StandardCharsets.US_ASCII);
    }
}

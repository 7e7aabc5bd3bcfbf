import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Scanner;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Talks to a gateway from a terminal, over the JSON subprotocol and with nothing but a JDK:
 *
 * <pre>java deploy/terminal/Chat.java ana</pre>
 *
 * Each line you type is one message. An administrator (sofia, admin) sees every conversation and answers the one that spoke last.
 * Options: {@code -Durl=ws://localhost:8081/ws} for the other gateway, {@code -Draw} to see the frames, {@code -Dtoken=…} to bring
 * a token instead of asking the local stack's sign-in page for one.
 */
class Chat implements WebSocket.Listener {
    private static final String URL = System.getProperty("url", "ws://localhost:8080/ws");
    private static final String SIGN_IN = System.getProperty("signin", "http://localhost:8090");
    private static final boolean RAW = System.getProperty("raw") != null;
    private static final int LAST_ANSWERS_SECONDS_MAX = 10;

    private final StringBuilder frame = new StringBuilder();
    private final CountDownLatch welcomed = new CountDownLatch(1);
    /** One party for the typist, one for each message that is not stored yet. */
    private final Phaser unstored = new Phaser(1);

    /** Positions of accepted messages that are not stored yet, and how far each lane is; both by conversation and lane. */
    private final Map<String, List<Long>> accepted = new HashMap<>();

    private final Map<String, Long> storedUpTo = new HashMap<>();
    private volatile String lastConversation = "";
    private volatile boolean admin;

    public static void main(String[] arguments) throws Exception {
        String user = arguments.length > 0 ? arguments[0] : "ana";
        HttpClient http = HttpClient.newHttpClient();
        String token = System.getProperty("token");
        if (token == null) {
            HttpRequest ask = HttpRequest.newBuilder(URI.create(SIGN_IN + "/token?user=" + user)).build();
            HttpResponse<String> answer = http.send(ask, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                System.err.println("No token for " + user + ": " + answer.body().strip());
                System.exit(1);
            }
            token = answer.body().strip();
        }
        Chat chat = new Chat();
        WebSocket socket = http.newWebSocketBuilder()
                .subprotocols("switchboard.v1.json")
                .header("Authorization", "Bearer " + token)
                .buildAsync(URI.create(URL), chat)
                .join();
        chat.welcomed.await();
        chat.type(socket);
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "bye").join();
    }

    private void type(WebSocket socket) throws Exception {
        if (admin) {
            socket.sendText("{\"watch\":{\"all\":true}}", true).join();
        }
        try (Scanner lines = new Scanner(System.in)) {
            while (lines.hasNextLine()) {
                String text = lines.nextLine();
                if (admin && lastConversation.isEmpty()) {
                    System.out.println("nobody has spoken yet, so there is nobody to answer");
                    continue;
                }
                String conversation = admin ? ",\"conversation\":\"" + lastConversation + "\"" : "";
                String send = "{\"send\":{\"clientMsgId\":\"%s\",\"text\":\"%s\"%s}}"
                        .formatted(newId(), escaped(text), conversation);
                unstored.register();
                show("> " + send);
                socket.sendText(send, true).join();
            }
        }
        unstored.awaitAdvanceInterruptibly(unstored.arrive(), LAST_ANSWERS_SECONDS_MAX, TimeUnit.SECONDS);
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
        frame.append(part);
        if (last) {
            String text = frame.toString();
            frame.setLength(0);
            show("< " + text);
            received(text);
        }
        socket.request(1);
        return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
        if (code != WebSocket.NORMAL_CLOSURE) {
            System.out.println("closed by the gateway: " + code + " " + reason);
            System.exit(1);
        }
        return null;
    }

    private void received(String json) {
        if (json.startsWith("{\"welcome\"")) {
            admin = "ADMIN".equals(field(json, "role"));
            System.out.println("connected as " + field(json, "user") + (admin ? " (administrator)" : ""));
            welcomed.countDown();
        } else if (json.startsWith("{\"message\"")) {
            lastConversation = field(json, "conversation");
            System.out.println(field(json, "sender") + ": " + field(json, "text"));
        } else if (json.startsWith("{\"accepted\"")) {
            System.out.println("accepted at position " + field(json, "seq"));
            accepted(lane(json), position(json));
        } else if (json.startsWith("{\"stored\"")) {
            System.out.println("stored up to position " + field(json, "seq"));
            stored(lane(json), position(json));
        } else if (json.startsWith("{\"refused\"")) {
            System.out.println("refused: " + field(json, "code"));
            if (!field(json, "clientMsgId").isEmpty()) {
                unstored.arriveAndDeregister();
            }
        }
    }

    private void accepted(String lane, long position) {
        accepted.computeIfAbsent(lane, key -> new ArrayList<>()).add(position);
        settle(lane);
    }

    private void stored(String lane, long position) {
        storedUpTo.merge(lane, position, (old, now) -> Long.compareUnsigned(old, now) > 0 ? old : now);
        settle(lane);
    }

    /** A stored watermark covers every message up to it, and may come before the answer to the message. */
    private void settle(String lane) {
        long upTo = storedUpTo.getOrDefault(lane, 0L);
        accepted.getOrDefault(lane, new ArrayList<>()).removeIf(position -> {
            boolean covered = Long.compareUnsigned(position, upTo) <= 0;
            if (covered) {
                unstored.arriveAndDeregister();
            }
            return covered;
        });
    }

    private static String lane(String json) {
        return field(json, "conversation") + " " + field(json, "lane");
    }

    /** Epoch first, then seq. */
    private static long position(String json) {
        return Long.parseLong(field(json, "epoch")) << 32 | Long.parseLong(field(json, "seq"));
    }

    private static void show(String frame) {
        if (RAW) {
            System.out.println(frame);
        }
    }

    /** 16 bytes, never zero, the same on every retry. */
    private static String newId() {
        UUID id = UUID.randomUUID();
        byte[] bytes = ByteBuffer.allocate(16)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .array();
        return Base64.getEncoder().encodeToString(bytes);
    }

    /** Enough JSON for the few fields looked at; a real client takes a library. */
    private static String field(String json, String name) {
        Matcher matcher = Pattern.compile("\"" + name + "\":(?:\"((?:[^\"\\\\]|\\\\.)*)\"|([0-9]+))").matcher(json);
        if (!matcher.find()) {
            return "";
        }
        return matcher.group(1) != null ? unescaped(matcher.group(1)) : matcher.group(2);
    }

    private static String unescaped(String text) {
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\\') {
                plain.append(c);
            } else {
                char escape = text.charAt(++i);
                switch (escape) {
                    case 'n' -> plain.append('\n');
                    case 't' -> plain.append('\t');
                    case 'u' -> {
                        plain.append((char) Integer.parseInt(text.substring(i + 1, i + 5), 16));
                        i += 4;
                    }
                    default -> plain.append(escape);
                }
            }
        }
        return plain.toString();
    }

    private static String escaped(String text) {
        StringBuilder json = new StringBuilder();
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < ' ') {
                json.append("\\u%04x".formatted((int) c));
            } else {
                json.append(c);
            }
        }
        return json.toString();
    }
}

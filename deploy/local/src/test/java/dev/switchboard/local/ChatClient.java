package dev.switchboard.local;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.Send;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.proto.v1.ServerFrame.FrameCase;
import dev.switchboard.wire.WireUuid;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A client over the JDK's own WebSocket. Keeps the bytes of everything it got. */
final class ChatClient implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final LinkedBlockingQueue<Received> frames = new LinkedBlockingQueue<>();
    private final ConcurrentLinkedQueue<ByteString> bytes = new ConcurrentLinkedQueue<>();
    private final WebSocket socket;
    private final CompletableFuture<Integer> closed = new CompletableFuture<>();
    private CompletableFuture<?> lastSend = CompletableFuture.completedFuture(null);

    /** A frame and when it was read. */
    record Received(ServerFrame frame, long nanos) {}

    private ChatClient(URI gateway, String token) {
        socket = HTTP.newWebSocketBuilder()
                .subprotocols("switchboard.v1")
                .header("Authorization", "Bearer " + token)
                .buildAsync(URI.create(gateway.toString().replaceFirst("^http", "ws") + "/ws"), new Reader())
                .join();
    }

    /** Connected and welcomed. */
    static ChatClient open(URI gateway, String token) {
        ChatClient client = new ChatClient(gateway, token);
        client.await(FrameCase.WELCOME);
        return client;
    }

    void send(ClientFrame frame) {
        lastSend = lastSend.thenCompose(before -> socket.sendBinary(ByteBuffer.wrap(frame.toByteArray()), true));
    }

    /** Sends with this id and returns when the frame is on its way. */
    Send say(String text) {
        Send send = message(text).build();
        send(send);
        return send;
    }

    void send(Send send) {
        send(ClientFrame.newBuilder().setSend(send).build());
    }

    static Send.Builder message(String text) {
        return Send.newBuilder()
                .setClientMsgId(ByteString.copyFrom(WireUuid.bytes(UUID.randomUUID())))
                .setText(text);
    }

    Received next() {
        try {
            Received received = frames.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            if (received == null) {
                throw new AssertionError("no frame within " + PATIENCE);
            }
            return received;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** The next frame of that kind that fits; others are passed over. */
    Received await(FrameCase kind, Predicate<ServerFrame> wanted) {
        while (true) {
            Received received = next();
            if (received.frame().getFrameCase() == kind && wanted.test(received.frame())) {
                return received;
            }
        }
    }

    /** The next frame that fits; others are passed over. */
    ServerFrame await(Predicate<ServerFrame> wanted) {
        while (true) {
            ServerFrame frame = next().frame();
            if (wanted.test(frame)) {
                return frame;
            }
        }
    }

    ServerFrame await(FrameCase kind) {
        return await(kind, frame -> true).frame();
    }

    /** The code with which the gateway closes. */
    int closeCode() {
        return closed.orTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS).join();
    }

    /** Everything received so far, as bytes. */
    List<ByteString> recorded() {
        return List.copyOf(bytes);
    }

    @Override
    public void close() {
        socket.abort();
    }

    private final class Reader implements WebSocket.Listener {
        private final ByteArrayOutputStream parts = new ByteArrayOutputStream();

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
            closed.complete(code);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
            long now = System.nanoTime();
            byte[] part = new byte[data.remaining()];
            data.get(part);
            parts.writeBytes(part);
            if (last) {
                byte[] whole = parts.toByteArray();
                parts.reset();
                bytes.add(ByteString.copyFrom(whole));
                try {
                    frames.add(new Received(ServerFrame.parseFrom(whole), now));
                } catch (InvalidProtocolBufferException e) {
                    throw new AssertionError("not a ServerFrame", e);
                }
            }
            from.request(1);
            return null;
        }
    }
}

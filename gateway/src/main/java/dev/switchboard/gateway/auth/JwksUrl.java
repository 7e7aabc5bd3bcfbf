package dev.switchboard.gateway.auth;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The one address that keys are fetched from. It comes from the configuration; nothing in a token can change it. */
final class JwksUrl {
    /** One fetch, from connecting to the last byte. */
    private static final Duration FETCH_MAX = Duration.ofSeconds(5);

    private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "[::1]", "localhost");

    private final URI uri;
    private final Duration fetchMax;
    private final HttpClient client;

    JwksUrl(URI uri) {
        this(uri, FETCH_MAX);
    }

    JwksUrl(URI uri, Duration fetchMax) {
        this.uri = uri;
        this.fetchMax = fetchMax;
        this.client = HttpClient.newBuilder()
                .connectTimeout(fetchMax)
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    /** Keys that anybody on the way may exchange are none, so only https will do, or a server on this very machine. */
    static boolean isAllowed(URI uri) {
        String host = uri.getHost();
        if (host == null || uri.getScheme() == null || uri.getRawUserInfo() != null || uri.getRawFragment() != null) {
            return false;
        }
        String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
        return scheme.equals("https") || (scheme.equals("http") && LOOPBACK.contains(host.toLowerCase(Locale.ROOT)));
    }

    /** Blocks for at most {@link #FETCH_MAX}: never on an event loop. */
    KeyRing fetch() throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(uri)
                .timeout(fetchMax)
                .header("Accept", "application/jwk-set+json, application/json")
                .build();
        // The time-out of a request ends with the headers. This one bounds the body too.
        CompletableFuture<HttpResponse<byte[]>> pending = client.sendAsync(request, head -> new BoundedBody());
        try {
            HttpResponse<byte[]> response = pending.get(fetchMax.toMillis(), TimeUnit.MILLISECONDS);
            if (response.statusCode() != 200) {
                throw new IOException("answered with status " + response.statusCode());
            }
            return KeyDocument.parse(response.body());
        } catch (TimeoutException e) {
            throw new IOException("did not answer within " + fetchMax.toMillis() + " ms", e);
        } catch (ExecutionException e) {
            throw new IOException("can't be fetched: " + e.getCause(), e.getCause());
        } finally {
            pending.cancel(true);
        }
    }

    /** Collects a body and gives the connection up when it grows too long. One thread at a time, as Flow promises. */
    private static final class BoundedBody implements HttpResponse.BodySubscriber<byte[]> {
        private final CompletableFuture<byte[]> body = new CompletableFuture<>();
        private final ByteArrayOutputStream collected = new ByteArrayOutputStream();
        private Flow.@Nullable Subscription subscription;

        @Override
        public CompletionStage<byte[]> getBody() {
            return body;
        }

        @Override
        public void onSubscribe(Flow.Subscription granted) {
            subscription = granted;
            granted.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(List<ByteBuffer> buffers) {
            for (ByteBuffer buffer : buffers) {
                if (collected.size() + buffer.remaining() > KeyDocument.BYTES_MAX) {
                    if (subscription != null) {
                        subscription.cancel();
                    }
                    body.completeExceptionally(new IOException("more than " + KeyDocument.BYTES_MAX + " bytes"));
                    return;
                }
                byte[] bytes = new byte[buffer.remaining()];
                buffer.get(bytes);
                collected.writeBytes(bytes);
            }
        }

        @Override
        public void onError(Throwable error) {
            body.completeExceptionally(error);
        }

        @Override
        public void onComplete() {
            body.complete(collected.toByteArray());
        }
    }
}

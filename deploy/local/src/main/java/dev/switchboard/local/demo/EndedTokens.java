package dev.switchboard.local.demo;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Tokens that were signed out, or replaced by a newer sign-in. Remembered as long as the process lives, which is as long as the
 * secret, and revoked at a gateway, as a platform would do it. Any thread.
 */
final class EndedTokens {
    private static final Duration ANSWER_MAX = Duration.ofSeconds(2);

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(ANSWER_MAX).build();
    private final URI signOut;
    private final Set<String> ended = ConcurrentHashMap.newKeySet();

    EndedTokens(URI gateway) {
        signOut = gateway.resolve("/api/v1/session/sign-out");
    }

    /** Ends one of ours. While no gateway answers it is ended here alone. */
    void end(String token) {
        if (!ended.add(token)) {
            return;
        }
        HttpRequest request = HttpRequest.newBuilder(signOut)
                .timeout(ANSWER_MAX)
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{}"))
                .build();
        try {
            http.send(request, HttpResponse.BodyHandlers.discarding());
        } catch (IOException e) {
            // The demo is up before its gateways, or after them: nobody takes the token there either.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    boolean contains(String token) {
        return ended.contains(token);
    }
}

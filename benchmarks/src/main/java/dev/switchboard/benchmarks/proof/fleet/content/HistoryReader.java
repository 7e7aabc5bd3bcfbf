package dev.switchboard.benchmarks.proof.fleet.content;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.wire.Position;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Reads conversations and their history over HTTP, as a page does. Any thread; what it answers completes on a thread of its own. */
public final class HistoryReader implements AutoCloseable {
    private static final Duration ANSWER_MAX = Duration.ofSeconds(10);
    /** As many as a gateway gives unless it is told otherwise. */
    private static final int PAGE_MESSAGES = 100;

    private static final int PAGE_CONVERSATIONS = 100;
    private static final int OK = 200;
    private static final int NOT_FOUND = 404;

    private final ExecutorService threads = Executors.newFixedThreadPool(2, task -> {
        Thread thread = new Thread(task, "proof-history");
        thread.setDaemon(true);
        return thread;
    });
    private final HttpClient http = HttpClient.newBuilder()
            .executor(threads)
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(ANSWER_MAX)
            .build();
    private final AtomicLong requests = new AtomicLong();
    private final Map<String, Integer> failures = new ConcurrentHashMap<>();

    /** One message of history. */
    public record Line(UUID clientMsgId, String sender, String text, Position position) {}

    /**
     * A lane, back to its beginning or as many pages as were wanted.
     *
     * @param from the first position vouched for
     * @param to the last one
     */
    public record Loaded(List<Line> lines, Position from, Position to) {}

    /** The answer can't be had now, or is not all of it. */
    public static class IncompleteException extends RuntimeException {
        private static final long serialVersionUID = 1;

        IncompleteException(String why) {
            super(why, null, false, false);
        }
    }

    /** The gateway knows no such conversation, or not for this reader. */
    private static final class AbsentException extends IncompleteException {
        private static final long serialVersionUID = 1;

        AbsentException() {
            super("status " + NOT_FOUND);
        }
    }

    /** All of a lane, for who judges: a conversation that is nowhere has no messages, whatever others saw of it. */
    public CompletableFuture<Loaded> laneIfThere(URI gateway, String token, UUID conversation, Lane lane) {
        return lane(gateway, token, conversation, lane, Integer.MAX_VALUE).exceptionally(error -> {
            if (error instanceof AbsentException || error.getCause() instanceof AbsentException) {
                return new Loaded(List.of(), Position.START, Position.START);
            }
            throw new CompletionException(error);
        });
    }

    /** Reads backwards, at most so many pages. Fails with {@link IncompleteException} where a source was missing. */
    public CompletableFuture<Loaded> lane(URI gateway, String token, UUID conversation, Lane lane, int pagesMax) {
        return lane(gateway, token, "/api/v1/conversations/" + conversation + "/messages?lane=" + lane, pagesMax, "");
    }

    /** Ids of all conversations that may be seen. */
    public CompletableFuture<List<UUID>> conversations(URI gateway, String token) {
        return conversations(gateway, token, "", new ArrayList<>());
    }

    /** How often an answer could not be had, by reason. */
    public Map<String, Integer> failures() {
        return Map.copyOf(failures);
    }

    /** Requests made so far. */
    public long requests() {
        return requests.get();
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }

    private CompletableFuture<Loaded> lane(URI gateway, String token, String path, int pagesMax, String before) {
        String query = path + "&limit=" + PAGE_MESSAGES + cursor("before", before);
        return get(gateway, token, query).thenCompose(page -> {
            if (!page.get("complete").getAsBoolean()) {
                failures.merge("history is not complete", 1, Integer::sum);
                throw new IncompleteException("history is not complete: " + page.get("missing"));
            }
            List<Line> lines = new ArrayList<>();
            page.getAsJsonArray("messages").forEach(message -> lines.add(line(message.getAsJsonObject())));
            JsonObject range = page.getAsJsonObject("range");
            Loaded loaded =
                    new Loaded(lines, position(range.getAsJsonObject("from")), position(range.getAsJsonObject("to")));
            JsonElement older = page.get("before");
            if (older.isJsonNull() || pagesMax == 1) {
                return CompletableFuture.completedFuture(loaded);
            }
            return lane(gateway, token, path, pagesMax - 1, older.getAsString()).thenApply(first -> {
                List<Line> all = new ArrayList<>(first.lines());
                all.addAll(lines);
                return new Loaded(Collections.unmodifiableList(all), first.from(), loaded.to());
            });
        });
    }

    private CompletableFuture<List<UUID>> conversations(URI gateway, String token, String cursor, List<UUID> found) {
        String query = "/api/v1/conversations?limit=" + PAGE_CONVERSATIONS + cursor("cursor", cursor);
        return get(gateway, token, query).thenCompose(page -> {
            page.getAsJsonArray("conversations")
                    .forEach(each -> found.add(
                            UUID.fromString(each.getAsJsonObject().get("id").getAsString())));
            if (!page.get("complete").getAsBoolean()) {
                throw new IncompleteException("the list is not complete: " + page.get("missing"));
            }
            JsonElement next = page.get("next");
            return next.isJsonNull()
                    ? CompletableFuture.completedFuture(found)
                    : conversations(gateway, token, next.getAsString(), found);
        });
    }

    private CompletableFuture<JsonObject> get(URI gateway, String token, String path) {
        requests.incrementAndGet();
        HttpRequest request = HttpRequest.newBuilder(gateway.resolve(path))
                .header("Authorization", "Bearer " + token)
                .timeout(ANSWER_MAX)
                .build();
        return http.sendAsync(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8))
                .thenApply(HistoryReader::parsed)
                .whenComplete((page, error) -> note(error));
    }

    private void note(@Nullable Throwable error) {
        if (error != null) {
            Throwable cause =
                    error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
            String reason = cause instanceof IncompleteException
                    ? String.valueOf(cause.getMessage())
                    : cause.getClass().getSimpleName();
            failures.merge(reason, 1, Integer::sum);
        }
    }

    private static JsonObject parsed(HttpResponse<String> answer) {
        if (answer.statusCode() == NOT_FOUND) {
            throw new AbsentException();
        }
        if (answer.statusCode() != OK) {
            throw new IncompleteException(
                    "status " + answer.statusCode() + ": " + answer.body().strip());
        }
        try {
            return JsonParser.parseString(answer.body()).getAsJsonObject();
        } catch (JsonParseException | IllegalStateException e) {
            throw new IncompleteException("no JSON: " + e.getMessage());
        }
    }

    private static String cursor(String name, String value) {
        return value.isEmpty() ? "" : "&" + name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    private static Line line(JsonObject json) {
        return new Line(
                UUID.fromString(json.get("clientMsgId").getAsString()),
                json.get("sender").getAsString(),
                json.get("text").getAsString(),
                position(json));
    }

    private static Position position(JsonObject json) {
        return new Position(
                (int) json.get("epoch").getAsLong(), (int) json.get("seq").getAsLong());
    }
}

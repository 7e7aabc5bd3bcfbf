package dev.switchboard.gateway.api.rest;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.switchboard.gateway.api.http.Access;
import dev.switchboard.gateway.api.http.Declined;
import dev.switchboard.gateway.api.http.HttpCall;
import dev.switchboard.gateway.api.http.HttpReply;
import dev.switchboard.gateway.api.http.Routes;
import dev.switchboard.gateway.auth.Identity;
import dev.switchboard.gateway.desk.ReadHistory;
import dev.switchboard.gateway.history.ConversationHistory;
import dev.switchboard.gateway.history.ConversationList;
import dev.switchboard.gateway.history.CursorContent;
import dev.switchboard.gateway.history.HistoryPage;
import dev.switchboard.gateway.history.OpaqueCursor;
import dev.switchboard.gateway.log.lane.Activity;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Position;
import dev.switchboard.wire.WireUuid;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Conversations and their history. One for each event loop, confined to it. */
public final class ConversationEndpoints {
    private static final int PAGE_DEFAULT = 50;
    private static final int UUID_CHARS = 36;

    private final ReadHistory history;

    public ConversationEndpoints(ReadHistory history) {
        this.history = history;
    }

    public void addTo(Routes routes) {
        routes.get("/api/v1/conversations", Access.AUTHENTICATED, this::conversations);
        routes.get("/api/v1/conversations/{id}/messages", Access.AUTHENTICATED, this::messages);
    }

    private CompletionStage<HttpReply> conversations(HttpCall call) {
        call.query().only("limit", "cursor");
        Identity who = call.identity();
        int limit = call.query().number("limit", PAGE_DEFAULT, 1, ReadHistory.PAGE_CONVERSATIONS_MAX);
        // Whose list it is belongs to the cursor: an owner's list is in another order.
        String list = "conversations:" + (who.isAdmin() ? "" : who.user());
        Activity before = cursor(call, "cursor", list, CursorContent::activity).orElse(null);
        return answered(history.conversations(who, before, limit), page -> conversations(page, list, who.isAdmin()));
    }

    private static HttpReply conversations(ConversationList.Page page, String list, boolean staff) {
        JsonArray conversations = new JsonArray();
        page.conversations().forEach(each -> conversations.add(HistoryJson.conversation(each, staff)));
        JsonObject json = new JsonObject();
        json.add("conversations", conversations);
        HistoryJson.cursor(
                json,
                "next",
                page.more().map(last -> OpaqueCursor.write(list, bytes -> CursorContent.put(bytes, last))));
        json.addProperty("complete", page.missing().isEmpty());
        json.add("missing", HistoryJson.missing(page.missing()));
        return HttpReply.json(json);
    }

    private CompletionStage<HttpReply> messages(HttpCall call) {
        call.query().only("lane", "limit", "before");
        Lane lane = lane(call.query().text("lane").orElse("PUBLIC"));
        int most = history.pageMessagesMax();
        int limit = call.query().number("limit", Math.min(PAGE_DEFAULT, most), 1, most);
        ConversationId conversation = conversation(call.pathValue("id"));
        String list = "messages:" + conversation + ":" + lane;
        Position before = cursor(call, "before", list, CursorContent::position).orElse(Position.START);
        return answered(
                history.page(call.identity(), conversation, lane, before, limit),
                found -> messages(found.orElseThrow(Declined::notFound), list));
    }

    private static HttpReply messages(HistoryPage page, String list) {
        JsonArray messages = new JsonArray();
        page.messages().forEach(message -> messages.add(HistoryJson.message(message)));
        JsonObject range = new JsonObject();
        range.add("from", HistoryJson.position(page.from()));
        range.add("to", HistoryJson.position(page.to()));
        JsonObject json = new JsonObject();
        json.add("messages", messages);
        HistoryJson.cursor(
                json,
                "before",
                page.older().map(older -> OpaqueCursor.write(list, bytes -> CursorContent.put(bytes, older))));
        json.add("head", HistoryJson.position(page.head()));
        json.add("stored", HistoryJson.position(page.stored()));
        json.add("range", range);
        json.addProperty("complete", page.complete());
        json.add("missing", HistoryJson.missing(page.missing()));
        return HttpReply.json(json);
    }

    /** What can't be a conversation is none: nothing tells the two apart. */
    private static ConversationId conversation(String text) {
        try {
            if (text.length() == UUID_CHARS) {
                return ConversationId.parse(WireUuid.bytes(UUID.fromString(text)))
                        .orElseThrow(Declined::notFound);
            }
        } catch (IllegalArgumentException e) {
            throw Declined.notFound();
        }
        throw Declined.notFound();
    }

    private static Lane lane(String text) {
        return switch (text) {
            case "PUBLIC" -> Lane.PUBLIC;
            case "STAFF" -> Lane.STAFF;
            default -> throw Declined.badRequest("lane must be PUBLIC or STAFF");
        };
    }

    private static <T> Optional<T> cursor(
            HttpCall call, String name, String list, Function<ByteBuffer, Optional<T>> content) {
        Optional<String> text = call.query().text(name);
        Optional<T> read = text.flatMap(given -> OpaqueCursor.read(list, given, content));
        if (text.isPresent() && read.isEmpty()) {
            throw Declined.badRequest(name + " is not a cursor of this list");
        }
        return read;
    }

    /** With 503 where no source could be asked. */
    private static <T> CompletionStage<HttpReply> answered(CompletionStage<T> result, Function<T, HttpReply> reply) {
        return result.handle((found, error) -> {
            if (error == null) {
                return reply.apply(found);
            }
            @Nullable Throwable cause = error instanceof CompletionException ? error.getCause() : error;
            if (cause instanceof ConversationHistory.Unavailable) {
                throw Declined.unavailable("History can't be read now");
            }
            throw new CompletionException(cause);
        });
    }
}

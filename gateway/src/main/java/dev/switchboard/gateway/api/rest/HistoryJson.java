package dev.switchboard.gateway.api.rest;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.switchboard.gateway.history.ConversationSummary;
import dev.switchboard.gateway.history.HistoryMessage;
import dev.switchboard.gateway.history.Source;
import dev.switchboard.gateway.log.ReadState;
import dev.switchboard.wire.Position;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** How conversations and messages look in JSON. Texts stand there as they were said; who shows them escapes them. Any thread. */
final class HistoryJson {
    /** Code points of the newest message in a list. */
    private static final int PREVIEW_CODE_POINTS_MAX = 200;

    private HistoryJson() {}

    static JsonObject message(HistoryMessage message) {
        JsonObject json = new JsonObject();
        json.addProperty("id", message.messageId().toString());
        json.addProperty("clientMsgId", message.clientMsgId().toString());
        json.addProperty("sender", message.sender());
        json.addProperty("senderRole", message.senderRole().name());
        json.addProperty("owner", message.owner());
        json.addProperty("lane", message.lane().name());
        json.addProperty("text", message.text());
        json.addProperty("epoch", Integer.toUnsignedLong(message.position().epoch()));
        json.addProperty("seq", Integer.toUnsignedLong(message.position().seq()));
        json.addProperty("time", message.time());
        return json;
    }

    static JsonObject conversation(ConversationSummary conversation, boolean staff) {
        ReadState reads = conversation.reads();
        JsonObject json = new JsonObject();
        json.addProperty("id", conversation.id().toString());
        json.addProperty("owner", conversation.owner());
        json.addProperty("status", conversation.status());
        json.addProperty("lastMessageAt", conversation.activity());
        json.add(
                "lastMessage",
                conversation
                        .last()
                        .<com.google.gson.JsonElement>map(HistoryJson::preview)
                        .orElse(JsonNull.INSTANCE));
        json.add("head", position(conversation.head()));
        json.add("stored", position(conversation.stored()));
        json.add("ownerRead", position(reads.owner()));
        json.add("staffRead", position(reads.staff()));
        json.addProperty("unread", reads.unread(conversation.head(), staff));
        return json;
    }

    static JsonObject position(Position position) {
        JsonObject json = new JsonObject();
        json.addProperty("epoch", Integer.toUnsignedLong(position.epoch()));
        json.addProperty("seq", Integer.toUnsignedLong(position.seq()));
        return json;
    }

    static JsonArray missing(Set<Source> missing) {
        JsonArray json = new JsonArray();
        missing.stream()
                .map(source -> source.name().toLowerCase(Locale.ROOT))
                .sorted()
                .forEach(json::add);
        return json;
    }

    static void cursor(JsonObject json, String name, Optional<String> cursor) {
        cursor.ifPresentOrElse(text -> json.addProperty(name, text), () -> json.add(name, JsonNull.INSTANCE));
    }

    private static JsonObject preview(HistoryMessage message) {
        String text = message.text();
        boolean fits = text.codePointCount(0, text.length()) <= PREVIEW_CODE_POINTS_MAX;
        JsonObject json = new JsonObject();
        json.addProperty("sender", message.sender());
        json.addProperty("senderRole", message.senderRole().name());
        json.addProperty("text", fits ? text : text.substring(0, text.offsetByCodePoints(0, PREVIEW_CODE_POINTS_MAX)));
        json.addProperty("time", message.time());
        json.addProperty("epoch", Integer.toUnsignedLong(message.position().epoch()));
        json.addProperty("seq", Integer.toUnsignedLong(message.position().seq()));
        return json;
    }
}

package dev.switchboard.gateway.api.facade;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.switchboard.gateway.api.http.Access;
import dev.switchboard.gateway.api.http.Declined;
import dev.switchboard.gateway.api.http.HttpCall;
import dev.switchboard.gateway.api.http.HttpReply;
import dev.switchboard.gateway.api.http.Problem;
import dev.switchboard.gateway.api.http.RefusalTexts;
import dev.switchboard.gateway.api.http.Routes;
import dev.switchboard.gateway.desk.ReadHistory;
import dev.switchboard.gateway.history.CursorContent;
import dev.switchboard.gateway.history.HistoryDatabase;
import dev.switchboard.gateway.history.HistoryMessage;
import dev.switchboard.gateway.history.OpaqueCursor;
import dev.switchboard.gateway.history.Source;
import dev.switchboard.gateway.history.UserMessages;
import dev.switchboard.gateway.history.UserMessages.At;
import dev.switchboard.gateway.log.lane.Activity;
import dev.switchboard.proto.v1.Role;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP API of the document "Support Chat System": its paths, shapes, order and texts. One for each event loop, confined to it.
 *
 * <p>The document knows no pages. Here an answer holds the newest 5,000 entries; {@code X-Total-Count} says how many there are and a
 * {@code Link} with {@code rel="prev"} leads to the older ones. {@code X-Missing} names a source that could not be asked.
 */
public final class SupportChatFacade {
    private static final Logger log = LoggerFactory.getLogger(SupportChatFacade.class);

    private static final String MESSAGES = "/api/mensajes";
    private static final String OWN_MESSAGES = "/api/mensajes/mios";
    private static final String USERS = "/api/usuarios-conversaciones";

    private static final String ADMINS_ONLY = "Acceso denegado";
    private static final String NOT_SIGNED_IN = "No autorizado";
    private static final String NO_USER = "Falta el parámetro ?con=usuario";
    private static final String MESSAGES_FAILED = "Error al obtener mensajes";
    private static final String FAILED = "Error interno";

    /** The address of support, whom every user writes to. */
    private static final String SUPPORT = "admin";

    /** Always with milliseconds, which {@link Instant#toString} leaves out where they are zero. */
    private static final DateTimeFormatter FECHA =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private final ReadHistory history;
    private final HistoryDatabase database;

    public SupportChatFacade(ReadHistory history, HistoryDatabase database) {
        this.history = history;
        this.database = database;
    }

    public void addTo(Routes routes) {
        routes.get(MESSAGES, Access.ADMIN, this::messages, texts(ADMINS_ONLY, MESSAGES_FAILED));
        routes.get(OWN_MESSAGES, Access.AUTHENTICATED, this::ownMessages, texts(NOT_SIGNED_IN, FAILED));
        routes.get(USERS, Access.ADMIN, this::users, texts(ADMINS_ONLY, FAILED));
    }

    private CompletionStage<HttpReply> messages(HttpCall call) {
        String user = call.query()
                .text("con")
                .filter(text -> !text.isBlank())
                .orElseThrow(() -> Declined.badRequest(NO_USER));
        return messages(call, user, MESSAGES + "?con=" + encoded(user) + "&", MESSAGES_FAILED);
    }

    private CompletionStage<HttpReply> ownMessages(HttpCall call) {
        return messages(call, call.identity().user(), OWN_MESSAGES + "?", FAILED);
    }

    private CompletionStage<HttpReply> messages(HttpCall call, String user, String older, String failed) {
        String list = "mensajes:" + user;
        Optional<At> before = before(call, list, CursorContent::at);
        // Some megabytes of JSON: an event loop has others who wait.
        return history.messagesOf(call.identity(), user, before.orElse(null))
                .thenCompose(answer -> database.digest(() -> reply(answer, list, older)))
                .exceptionally(error -> failed(call, failed, error));
    }

    private static HttpReply reply(UserMessages.Answer answer, String list, String older) {
        JsonArray json = new JsonArray();
        answer.messages().forEach(message -> json.add(message(message)));
        HttpReply reply = HttpReply.json(json).with("X-Total-Count", Long.toString(answer.total()));
        Optional<String> cursor =
                answer.older().map(at -> OpaqueCursor.write(list, bytes -> CursorContent.put(bytes, at)));
        return missing(linked(reply, older, cursor), answer.missing());
    }

    private CompletionStage<HttpReply> users(HttpCall call) {
        Optional<Activity> before = before(call, USERS, CursorContent::activity);
        return history.users(before.orElse(null)).handle((answer, error) -> {
            if (error != null || answer == null) {
                return failed(call, FAILED, error);
            }
            JsonArray json = new JsonArray();
            answer.users().forEach(json::add);
            HttpReply reply = HttpReply.json(json).with("X-Total-Count", Long.toString(answer.total()));
            Optional<String> cursor =
                    answer.more().map(last -> OpaqueCursor.write(USERS, bytes -> CursorContent.put(bytes, last)));
            return missing(linked(reply, USERS + "?", cursor), answer.missing());
        });
    }

    private static JsonObject message(HistoryMessage message) {
        JsonObject json = new JsonObject();
        json.addProperty("de_usuario", message.sender());
        json.addProperty("para_usuario", message.senderRole() == Role.ADMIN ? message.owner() : SUPPORT);
        json.addProperty("mensaje", message.text());
        json.addProperty("fecha", FECHA.format(Instant.ofEpochMilli(message.time())));
        return json;
    }

    private static HttpReply linked(HttpReply reply, String path, Optional<String> cursor) {
        return cursor.map(text -> reply.with("Link", "<" + path + "before=" + text + ">; rel=\"prev\""))
                .orElse(reply);
    }

    private static HttpReply missing(HttpReply reply, Set<Source> missing) {
        return missing.isEmpty()
                ? reply
                : reply.with(
                        "X-Missing",
                        missing.stream()
                                .map(source -> source.name().toLowerCase(Locale.ROOT))
                                .sorted()
                                .collect(Collectors.joining(", ")));
    }

    private static HttpReply failed(HttpCall call, String text, Throwable error) {
        log.warn("history failed request={} error={}", call.requestId(), String.valueOf(error));
        return error(Problem.INTERNAL.status(), text);
    }

    /** The document has one text for whoever may not, signed in or not, and one for whatever fails. */
    private static RefusalTexts texts(String denied, String failed) {
        return (call, problem, detail) -> switch (problem) {
            case UNAUTHENTICATED, FORBIDDEN -> error(Problem.FORBIDDEN.status(), denied);
            case INTERNAL, UNAVAILABLE -> error(Problem.INTERNAL.status(), failed);
            case BAD_REQUEST -> error(problem.status(), detail.isEmpty() ? "Petición incorrecta" : detail);
            case RATE_LIMITED -> error(problem.status(), "Demasiadas peticiones");
            default -> error(problem.status(), "Petición rechazada");
        };
    }

    private static HttpReply error(int status, String text) {
        JsonObject json = new JsonObject();
        json.addProperty("error", text);
        return HttpReply.json(status, json);
    }

    private static <T> Optional<T> before(
            HttpCall call, String list, java.util.function.Function<ByteBuffer, Optional<T>> content) {
        Optional<String> text = call.query().text("before");
        Optional<T> read = text.flatMap(given -> OpaqueCursor.read(list, given, content));
        if (text.isPresent() && read.isEmpty()) {
            throw Declined.badRequest("El parámetro before no es válido");
        }
        return read;
    }

    private static String encoded(String user) {
        return URLEncoder.encode(user, StandardCharsets.UTF_8);
    }
}

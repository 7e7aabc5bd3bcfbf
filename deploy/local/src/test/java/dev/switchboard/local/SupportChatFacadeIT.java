package dev.switchboard.local;

import static dev.switchboard.local.HttpApi.fields;
import static dev.switchboard.local.HttpApi.texts;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.switchboard.gateway.history.OpaqueCursor;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.Send;
import dev.switchboard.proto.v1.ServerFrame.FrameCase;
import dev.switchboard.servers.Await;
import dev.switchboard.servers.DatabaseServer;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The HTTP API of the document "Support Chat System" over the whole system as real processes. */
class SupportChatFacadeIT {
    @RegisterExtension
    static final Site site = new Site(1, 1);

    private static void refused(HttpResponse<String> answer, int status, String text) {
        assertEquals(status, answer.statusCode(), answer::body);
        assertEquals("{\"error\":\"" + text + "\"}", answer.body());
        assertTrue(answer.headers().firstValue("Content-Type").orElse("").startsWith("application/json"));
    }

    /** Somebody says some things, and sofia answers. */
    private static void talk(String user, String... texts) {
        try (ChatClient client = ChatClient.open(site.gateway(0), site.token(user, false));
                ChatClient sofia = ChatClient.open(site.gateway(0), site.token("sofia", true))) {
            for (String text : texts) {
                client.say(text);
                client.await(FrameCase.ACCEPTED);
            }
            Send answer = ChatClient.message("respuesta").setOwner(user).build();
            sofia.send(answer);
            var accepted = sofia.await(FrameCase.ACCEPTED).getAccepted();
            sofia.send(ChatClient.message("nota interna")
                    .setConversation(accepted.getConversation())
                    .setLane(Lane.STAFF)
                    .build());
            sofia.await(FrameCase.ACCEPTED);
        }
    }

    @Test
    @Tag("S0.1")
    @Tag("S0.2")
    @Tag("S0.33")
    @Tag("S0.34")
    @Tag("S0.35")
    @Tag("S0.37")
    @Tag("S1.20")
    void historyHasTheDocumentsShapeForStaffAndForThemself() {
        Instant before = Instant.now().minusSeconds(1);
        talk("john", "Need help", "¿hola? 😀");
        JsonArray history = site.as("sofia", true).array("/api/mensajes?con=john");
        assertEquals(List.of("Need help", "¿hola? 😀", "respuesta"), fields(history, "mensaje"));
        assertEquals(List.of("john", "john", "sofia"), fields(history, "de_usuario"));
        assertEquals(List.of("admin", "admin", "john"), fields(history, "para_usuario"));
        JsonObject first = history.get(0).getAsJsonObject();
        assertEquals(Set.of("de_usuario", "para_usuario", "mensaje", "fecha"), first.keySet());
        String fecha = first.get("fecha").getAsString();
        assertTrue(fecha.matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z"), fecha);
        assertTrue(Instant.parse(fecha).isAfter(before)
                && Instant.parse(fecha).isBefore(Instant.now().plusSeconds(2)));
        List<String> fechas = fields(history, "fecha");
        assertEquals(fechas.stream().sorted().toList(), fechas);
        assertEquals(history, site.as("john", false).array("/api/mensajes/mios"));
        assertEquals(new JsonArray(), site.as("sofia", true).array("/api/mensajes?con=nobody"));
        assertEquals(
                "3",
                site.as("john", false)
                        .get("/api/mensajes/mios")
                        .headers()
                        .firstValue("X-Total-Count")
                        .orElse(""));
    }

    @Test
    @Tag("S0.34")
    void anAdministratorsMessagesAreThoseTheyWrote() {
        talk("walter", "hola");
        awaitStored("walter", 2);
        JsonArray ofSofia = site.as("sofia", true).array("/api/mensajes?con=sofia");
        assertEquals(Set.of("sofia"), Set.copyOf(fields(ofSofia, "de_usuario")));
        assertTrue(fields(ofSofia, "para_usuario").contains("walter"));
        assertFalse(fields(ofSofia, "mensaje").contains("nota interna"));
        JsonArray toSupport = site.as("sofia", true).array("/api/mensajes?con=admin");
        assertEquals(Set.of("admin"), Set.copyOf(fields(toSupport, "para_usuario")));
        assertTrue(fields(toSupport, "de_usuario").contains("walter"));
    }

    /** The role is what counts, not the name: users may be called as an administrator is, or as support itself. */
    @Test
    @Tag("S0.37")
    @Tag("SEC15")
    void aUserWithAnAdministratorsNameSeesOnlyTheirOwnConversations() {
        talk("victor", "secreto de victor");
        awaitStored("victor", 2);
        assertTrue(fields(site.as("sofia", true).array("/api/mensajes/mios"), "para_usuario")
                .contains("victor"));
        for (String name : List.of("admin", "sofia")) {
            HttpApi impostor = site.as(name, false);
            assertEquals(new JsonArray(), impostor.array("/api/mensajes/mios"), name);
            refused(impostor.get("/api/mensajes?con=" + name), 403, "Acceso denegado");
        }
        String older = OpaqueCursor.write(
                "mensajes:admin", bytes -> bytes.put((byte) 2).putLong(Long.MAX_VALUE));
        assertEquals(new JsonArray(), site.as("admin", false).array("/api/mensajes/mios?before=" + older));
        try (ChatClient client = ChatClient.open(site.gateway(0), site.token("admin", false))) {
            client.say("lo mío");
            client.await(FrameCase.ACCEPTED);
        }
        assertEquals(List.of("lo mío"), fields(site.as("admin", false).array("/api/mensajes/mios"), "mensaje"));
    }

    @Test
    @Tag("S0.2")
    @Tag("S0.36")
    @Tag("S0.40")
    @Tag("S0.42")
    void refusalsHaveTheDocumentsStatusAndText() {
        refused(site.as("sofia", true).get("/api/mensajes"), 400, "Falta el parámetro ?con=usuario");
        refused(site.as("sofia", true).get("/api/mensajes?con="), 400, "Falta el parámetro ?con=usuario");
        for (HttpApi other : List.of(
                site.as("john", false), new HttpApi(site.gateway(0), ""), new HttpApi(site.gateway(0), "x.y.z"))) {
            refused(other.get("/api/mensajes?con=john"), 403, "Acceso denegado");
            refused(other.get("/api/mensajes"), 403, "Acceso denegado");
            refused(other.get("/api/usuarios-conversaciones"), 403, "Acceso denegado");
        }
        refused(new HttpApi(site.gateway(0), "").get("/api/mensajes/mios"), 403, "No autorizado");
        refused(new HttpApi(site.gateway(0), "x.y.z").get("/api/mensajes/mios"), 403, "No autorizado");
        assertEquals(
                400,
                site.as("sofia", true).get("/api/mensajes?con=john&before=abc").statusCode());
    }

    @Test
    @Tag("S0.38")
    @Tag("S0.39")
    void listsUsersByTheirLastActivityAndNeverAdministrators() {
        talk("alice", "hola");
        talk("bob", "hola");
        try (ChatClient marco = ChatClient.open(site.gateway(0), site.token("marco", true))) {
            // Written to by an admin, and has never said anything.
            marco.send(ChatClient.message("¿todo bien?").setOwner("carol").build());
            marco.await(FrameCase.ACCEPTED);
            // An admin's own conversation.
            marco.send(ChatClient.message("soy yo").setOwner("marco").build());
            marco.await(FrameCase.ACCEPTED);
        }
        awaitStored("marco", 1);
        List<String> users = texts(site.as("sofia", true).array("/api/usuarios-conversaciones"));
        assertEquals(List.of("carol", "bob", "alice"), users.subList(0, 3));
        assertFalse(users.contains("marco") || users.contains("sofia") || users.contains("admin"));
        assertEquals(users.size(), Set.copyOf(users).size());
        talk("alice", "otra vez");
        assertEquals(
                "alice",
                texts(site.as("sofia", true).array("/api/usuarios-conversaciones"))
                        .get(0));
    }

    @Test
    @Tag("S0.34")
    @Tag("S0.37")
    void tellsOfWhatIsOlderThanTheNewestFiveThousand() {
        try (ChatClient wordy = ChatClient.open(site.gateway(0), site.token("wordy", false))) {
            for (int i = 1; i <= 5_202; i++) {
                wordy.say("text " + i);
            }
            for (int i = 1; i <= 5_202; i++) {
                wordy.await(FrameCase.ACCEPTED);
            }
        }
        // At once, while much of it still stands in Redis alone, and later from MySQL.
        assertPages();
        awaitStored("wordy", 5_202);
        assertPages();
    }

    /** Far fewer messages than fit by number: the bytes of an answer are bounded as well. */
    @Test
    @Tag("S0.34")
    void anAnswerEndsAtItsBytesAndTellsWhereItGoesOn() {
        String filling = "x".repeat(3_900);
        List<String> said =
                IntStream.rangeClosed(1, 1_500).mapToObj(i -> i + " " + filling).toList();
        try (ChatClient bulky = ChatClient.open(site.gateway(0), site.token("bulky", false))) {
            for (String text : said) {
                bulky.say(text);
                bulky.await(FrameCase.ACCEPTED);
            }
        }
        assertEquals(said, inPages("bulky", "bulky"));
        awaitStored("bulky", said.size());
        assertEquals(said, inPages("bulky", "bulky"));
        assertEquals(said, inPages("admin", "bulky"));
    }

    /** What somebody wrote, of everything that is said about a name, through all its pages. */
    private static List<String> inPages(String con, String sender) {
        List<String> all = new ArrayList<>();
        String next = "/api/mensajes?con=" + con;
        int pages = 0;
        for (; !next.isEmpty(); pages++) {
            HttpResponse<String> answer = site.as("sofia", true).get(next);
            assertEquals(200, answer.statusCode(), next);
            assertTrue(
                    answer.body().length() <= 9 << 20,
                    "an answer has " + answer.body().length() + " bytes");
            List<String> page = new ArrayList<>();
            for (JsonElement message : JsonParser.parseString(answer.body()).getAsJsonArray()) {
                if (message.getAsJsonObject().get("de_usuario").getAsString().equals(sender)) {
                    page.add(message.getAsJsonObject().get("mensaje").getAsString());
                }
            }
            all.addAll(0, page);
            String link = answer.headers().firstValue("Link").orElse("");
            next = link.isEmpty() ? "" : link.substring(1, link.indexOf('>'));
        }
        assertTrue(pages >= 2, "pages=" + pages);
        return all;
    }

    private static void assertPages() {
        HttpResponse<String> answer = site.as("sofia", true).get("/api/mensajes?con=wordy");
        List<String> newest = fields(JsonParser.parseString(answer.body()).getAsJsonArray(), "mensaje");
        assertEquals(
                IntStream.rangeClosed(203, 5_202).mapToObj(i -> "text " + i).toList(), newest);
        assertEquals("5202", answer.headers().firstValue("X-Total-Count").orElse(""));
        String link = answer.headers().firstValue("Link").orElse("");
        assertTrue(link.matches("</api/mensajes\\?con=wordy&before=[A-Za-z0-9_-]+>; rel=\"prev\""), link);
        HttpResponse<String> rest = site.as("sofia", true).get(link.substring(1, link.indexOf('>')));
        List<String> older = fields(JsonParser.parseString(rest.body()).getAsJsonArray(), "mensaje");
        assertEquals(IntStream.rangeClosed(1, 202).mapToObj(i -> "text " + i).toList(), older);
        assertTrue(rest.headers().firstValue("Link").isEmpty());
        assertEquals("5202", rest.headers().firstValue("X-Total-Count").orElse(""));
    }

    @Test
    @Tag("S0.41")
    @Tag("S0.42")
    void aDatabaseThatIsDownIsAnErrorOfTheDocument() {
        talk("dora", "hola");
        DatabaseServer database = site.stack().database().orElseThrow();
        database.kill();
        try {
            refused(site.as("sofia", true).get("/api/mensajes?con=dora"), 500, "Error al obtener mensajes");
            refused(site.as("dora", false).get("/api/mensajes/mios"), 500, "Error interno");
            refused(site.as("sofia", true).get("/api/usuarios-conversaciones"), 500, "Error interno");
        } finally {
            database.restart();
        }
        assertTrue(Await.until(
                Site.PATIENCE,
                () -> site.as("dora", false).get("/api/mensajes/mios").statusCode() == 200));
    }

    private static void awaitStored(String owner, int messages) {
        assertTrue(Await.until(Site.PATIENCE, () -> count(owner) >= messages), owner);
    }

    private static long count(String owner) {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                var found = statement.executeQuery(
                        "SELECT COUNT(*) FROM message m JOIN conversation c ON c.id = m.conversation_id WHERE m.lane = 0 AND"
                                + " c.owner = '" + owner + "'")) {
            return found.next() ? found.getLong(1) : 0;
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private static Connection connect() throws SQLException {
        DatabaseServer database = site.stack().database().orElseThrow();
        Properties properties = new Properties();
        properties.setProperty("user", database.migration().user());
        properties.setProperty("password", database.migration().password());
        properties.setProperty("sslMode", "DISABLED");
        return DriverManager.getConnection(database.jdbcUrl(), properties);
    }
}

package dev.switchboard.local.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.assertions.LocatorAssertions.ContainsTextOptions;
import com.microsoft.playwright.assertions.LocatorAssertions.HasCountOptions;
import com.microsoft.playwright.assertions.LocatorAssertions.HasTextOptions;
import dev.switchboard.local.ServiceProcess;
import dev.switchboard.servers.RedisServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is promised, as people see it: with the network, Redis or a gateway gone in the middle, nothing is lost or said twice. */
@ExtendWith(OnStage.class)
class PromiseBrowserIT {
    private static final HasCountOptions PATIENT = new HasCountOptions().setTimeout(30_000);
    private static final HasTextOptions SOON = new HasTextOptions().setTimeout(20_000);
    private static final Duration AWAY = Duration.ofSeconds(60);
    private static final int EXCHANGES = 12;
    /** Longer than the gateway waits for Redis before it says that nobody knows. */
    private static final Duration OUTAGE = Duration.ofSeconds(5);

    /** G9, beacons and all. */
    private static final double TAIL_MILLIS_MAX = 20_000;

    private static final String HISTORY = "async () => {"
            + " const {conversations: [{id}]} = await (await fetch('/api/v1/conversations')).json();"
            + " const page = await (await fetch(`/api/v1/conversations/${id}/messages`)).json();"
            + " return page.messages.map(one => one.text); }";

    private static final String NOTE_FAILURE = "chat => { window.spokeOfFailure = false;"
            + " new MutationObserver(() => window.spokeOfFailure ||= !!chat.querySelector('.fallo'))"
            + ".observe(chat, {childList: true}); }";

    @Test
    @Tag("G3")
    @Tag("G10")
    void aMinuteOfflineInTheMiddleOfAConversationLosesNothing(Stage stage) {
        Visitor user = stage.user();
        Visitor admin = stage.admin();
        begin(user, admin);
        user.expectTrouble();

        long begin = System.nanoTime();
        user.context().setOffline(true);
        assertThat(user.find("#estado-conexion")).hasText("Sin conexión", SOON);
        List<String> fromUser = new ArrayList<>();
        List<String> fromAdmin = new ArrayList<>();
        for (int i = 1; i <= EXCHANGES; i++) {
            await(user, begin, AWAY.multipliedBy(i).dividedBy(EXCHANGES));
            fromUser.add("sin red " + i);
            user.say("sin red " + i);
            fromAdmin.add("¿sigues ahí? " + i);
            admin.say("¿sigues ahí? " + i);
        }
        assertThat(admin.find("#chat p.propio:not([data-estado=sending])")).hasCount(EXCHANGES + 1);
        assertThat(user.find("#chat p[data-estado=sending]")).hasCount(EXCHANGES);
        assertThat(user.find("#chat p.equipo")).hasCount(1);
        assertThat(user.find("#chat .fallo")).hasCount(0);
        stage.screenshot(user, "user-a-minute-offline");
        user.context().setOffline(false);

        assertThat(user.find("#estado-conexion")).hasText("Conectado", SOON);
        List<String> expected = new ArrayList<>(List.of("antes", "dime"));
        // Support said it while the other was away, and so it stands before.
        expected.addAll(fromAdmin);
        expected.addAll(fromUser);
        assertComplete(expected, user, admin);
    }

    @Test
    @Tag("G3")
    void whatIsSaidWhileRedisIsDownArrivesOnce(Stage stage) {
        Visitor user = stage.user();
        Visitor admin = stage.admin();
        begin(user, admin);
        RedisServer redis = stage.stack().redis().orElseThrow();
        user.sayAll(numbered("antes de caer", 10));

        redis.kill();
        try {
            long begin = System.nanoTime();
            user.sayAll(numbered("sin Redis", 5));
            admin.sayAll(numbered("tampoco aquí", 5));
            await(user, begin, OUTAGE);
            for (Visitor visitor : List.of(user, admin)) {
                assertThat(visitor.find("#estado-conexion")).hasText("Conectado");
                assertTrue(visitor.find("#chat p[data-estado=sending]").count() >= 5, "kept");
                assertThat(visitor.find("#chat p[data-estado=failed]")).hasCount(0);
            }
        } finally {
            redis.restart();
        }
        user.say("después");
        admin.say("ya estamos");

        for (Visitor visitor : List.of(user, admin)) {
            assertThat(visitor.find("#chat p.mensaje")).hasCount(24, PATIENT);
            assertThat(visitor.find("#chat p[data-estado=sending]")).hasCount(0, PATIENT);
        }
        List<String> said = user.said();
        assertEquals(
                concat(List.of("antes"), numbered("antes de caer", 10), numbered("sin Redis", 5), List.of("después")),
                said.stream().filter(text -> !isStaff(text)).toList());
        assertEquals(
                concat(List.of("dime"), numbered("tampoco aquí", 5), List.of("ya estamos")),
                said.stream().filter(PromiseBrowserIT::isStaff).toList());
        assertComplete(said, user, admin);
    }

    @Test
    @Tag("G3")
    @Tag("G10")
    void thePageGoesOnAtAnotherGatewayWhenItsOwnIsKilled(Stage stage) {
        Visitor user = stage.userAtTheDoor();
        Visitor admin = stage.open(stage.theatre().name("admin"), true, 1, options -> options);
        begin(user, admin);
        user.expectTrouble();
        ServiceProcess gateway = stage.stack().gateways().get(0);

        try {
            user.sayAll(numbered("a tiempo", 15));
            gateway.kill();
            user.sayAll(numbered("sin pasarela", 5));
            admin.say("mientras tanto");
            assertThat(user.find("#chat p.mensaje")).hasCount(23, PATIENT);
            assertThat(user.find("#chat p[data-estado=sending]")).hasCount(0, PATIENT);
            assertTrue(!gateway.isAlive(), "went on elsewhere");
        } finally {
            gateway.restart();
            gateway.awaitReady();
        }

        assertEquals(
                concat(List.of("antes"), numbered("a tiempo", 15), numbered("sin pasarela", 5)),
                user.said().stream().filter(text -> !isStaff(text)).toList());
        assertComplete(user.said(), user, admin);
    }

    @Test
    @Tag("G9")
    void aLostLastMessageShowsWithinTwentySeconds(Stage stage) {
        FrontDoor door = stage.theatre().door();
        Visitor user = stage.userAtTheDoor();
        Visitor admin = stage.admin();
        begin(user, admin);

        door.lose("la última", 1);
        try {
            admin.say("la última");
            assertThat(admin.find("#chat p.propio").last()).not().hasAttribute("data-estado", "sending");
            user.page().waitForCondition(() -> door.lost() == 1);
            assertThat(user.find("#chat p.equipo")).hasCount(1);

            assertThat(user.find("#chat p.equipo").last())
                    .containsText("la última", new ContainsTextOptions().setTimeout(TAIL_MILLIS_MAX));
        } finally {
            door.loseNothing();
        }
        assertComplete(List.of("antes", "dime", "la última"), user, admin);
    }

    @Test
    void thePageSaysNothingOfAQuestionOfItsOwnThatFails(Stage stage) throws IOException {
        FrontDoor door = stage.theatre().door();
        Visitor user = stage.userAtTheDoor();
        Visitor admin = stage.admin();
        begin(user, admin);
        user.expectTrouble();
        user.find("#chat").evaluate(NOTE_FAILURE);
        AtomicInteger asked = new AtomicInteger();
        user.page().route("**/api/v1/conversations**", route -> {
            asked.incrementAndGet();
            route.abort();
        });

        door.lose("perdida", Integer.MAX_VALUE);
        try {
            admin.say("perdida");
            user.page().waitForCondition(() -> door.lost() >= 1);
            // What gateways may have missed meanwhile they tell their clients, and the page looks for what does not
            // come.
            losePublications(stage.stack().redis().orElseThrow());
            user.page().waitForCondition(() -> asked.get() >= 1);
            assertThat(user.find("#chat p.equipo")).hasCount(1);
        } finally {
            door.loseNothing();
        }
        user.page().unroute("**/api/v1/conversations**");

        assertThat(user.find("#chat p.equipo").last())
                .containsText("perdida", new ContainsTextOptions().setTimeout(TAIL_MILLIS_MAX));
        assertComplete(List.of("antes", "dime", "perdida"), user, admin);
        assertEquals(false, user.page().evaluate("window.spokeOfFailure"));
    }

    private static void begin(Visitor user, Visitor admin) {
        user.say("antes");
        admin.choose(user.name());
        assertThat(admin.find("#chat p.mensaje")).hasCount(1);
        admin.say("dime");
        for (Visitor visitor : List.of(user, admin)) {
            visitor.page().evaluate("window.sameAsBefore = true");
            assertThat(visitor.find("#chat p.mensaje")).hasCount(2);
        }
    }

    private static boolean isStaff(String text) {
        return List.of("dime", "tampoco aquí", "ya estamos", "mientras tanto").stream()
                .anyMatch(text::startsWith);
    }

    /** Everything once and in the same order on both sides and in the history, stored, and nobody reloaded. */
    private static void assertComplete(List<String> expected, Visitor user, Visitor admin) {
        for (Visitor visitor : List.of(user, admin)) {
            Locator lines = visitor.find("#chat p.mensaje");
            assertThat(lines).hasCount(expected.size(), PATIENT);
            assertThat(visitor.find("#chat p.propio:not([data-estado=stored]):not([data-estado=read])"))
                    .hasCount(0, PATIENT);
            assertEquals(expected, visitor.said(), visitor.name());
            assertEquals(true, visitor.page().evaluate("window.sameAsBefore"));
        }
        assertEquals(expected, user.page().evaluate(HISTORY));
    }

    /** Until so much time has passed. */
    private static void await(Visitor visitor, long begin, Duration passed) {
        visitor.page().waitForCondition(() -> System.nanoTime() - begin >= passed.toNanos());
    }

    private static void losePublications(RedisServer redis) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), redis.port())) {
            String login = URI.create(redis.url()).getUserInfo().replace(':', ' ');
            socket.getOutputStream()
                    .write(("AUTH " + login + "\r\nCLIENT KILL TYPE pubsub\r\nQUIT\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            assertTrue(answer.matches("(?s)\\+OK\r\n:[1-9].*"), answer);
        }
    }

    private static List<String> numbered(String text, int count) {
        return IntStream.rangeClosed(1, count).mapToObj(i -> text + " " + i).toList();
    }

    @SafeVarargs
    private static List<String> concat(List<String>... parts) {
        List<String> all = new ArrayList<>();
        for (List<String> part : parts) {
            all.addAll(part);
        }
        return all;
    }
}

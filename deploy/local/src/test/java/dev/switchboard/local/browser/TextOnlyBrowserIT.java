package dev.switchboard.local.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import dev.switchboard.local.demo.DemoSpeaker;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Whatever people write or call themselves, pages show it as text. The consoles must stay empty, which {@link OnStage} checks. */
@ExtendWith(OnStage.class)
class TextOnlyBrowserIT {
    /** So many of the strings may name a user at least. */
    private static final int NAMES_MIN = 15;
    /** Pages take longer than connections. */
    private static final int PAGES = 8;

    /** Set by any of the strings that comes to run. */
    private static final String OWNED = "window.owned === undefined && !document.querySelector("
            + "'#chat img, #chat svg:not(.icono), #chat iframe, #chat script, #chat style, #chat form, li script, li img, .cabecera img')";

    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    @Tag("SEC26")
    @Tag("S0.63")
    void messagesAreTextInEveryView(Stage stage) throws IOException {
        List<String> strings = strings();
        Visitor user = stage.user();
        user.sayAll(strings);
        Visitor admin = stage.admin();
        admin.choose(user.name());

        for (Visitor reader : List.of(user, admin)) {
            assertThat(reader.find("#chat p.mensaje")).hasCount(strings.size());
            assertEquals(strings, reader.said());
            assertNothingRan(reader.page());
        }
        // Once more, as history.
        user.page().reload();
        assertThat(user.find("#chat p.mensaje")).hasCount(strings.size());
        assertEquals(strings, user.said());
        assertNothingRan(user.page());
        assertThat(admin.entry(user.name()).locator(".resumen")).hasText(strings.get(strings.size() - 1));
    }

    @Test
    @Tag("SEC26")
    void namesAreTextInTheListAndTheConversation(Stage stage) throws IOException, InterruptedException {
        Visitor admin = stage.admin();
        assertThat(admin.find("#estado-conexion")).hasText("Conectado");
        List<String> strings = strings();
        int shown = 0;
        for (String name : strings) {
            // What can't be the name of a user, too long or with a colon, never gets past the handshake.
            try (DemoSpeaker speaker = new DemoSpeaker(
                    http, stage.gateway(0), stage.stack().tokens().issue(name, name, false))) {
                speaker.say(UUID.randomUUID(), name, "soy yo");
            } catch (IOException e) {
                continue;
            }
            shown++;
            Locator entry = admin.find("#lista-usuarios .nombre")
                    .getByText(name, new Locator.GetByTextOptions().setExact(true));
            entry.click();
            assertThat(admin.find(".cabeza-chat h2")).hasText(name);
            assertThat(admin.find("#chat p.mensaje strong")).hasText(name + ":");
        }
        assertNothingRan(admin.page());
        assertTrue(shown >= NAMES_MIN, shown + " names were shown");
    }

    @Test
    @Tag("SEC26")
    void ownAndDisplayNamesAreTextOnTheOwnPage(Stage stage) throws IOException {
        Visitor user = stage.visitor("names", UnaryOperator.identity());
        for (String name : strings().subList(0, PAGES)) {
            user.hold(stage.stack().tokens().issue(name, name, false), stage.gateway(0));
            user.page().navigate(stage.gateway(0) + "/soporte");
            boolean refused = user.page().url().contains("return=");
            if (refused) {
                user.hold(stage.stack().tokens().issue(stage.theatre().name("named"), name, false), stage.gateway(0));
                user.page().navigate(stage.gateway(0) + "/soporte");
            } else {
                assertThat(user.find("#conectado strong")).hasText(name);
            }
            assertEquals(name, user.find("#conectado").getAttribute("title"));
            assertNothingRan(user.page());
        }
    }

    @Test
    @Tag("SEC26")
    void onlyWebAddressesBecomeLinks(Stage stage) {
        Visitor user = stage.user();
        user.say(
                "mira https://example.com/a?b=c&d=\"x, http://example.org. javascript:alert(1) data:text/html,x ftp://x.example");

        Locator links = user.find("#chat a");
        assertThat(links).hasCount(2);
        assertEquals(List.of("https://example.com/a?b=c&d=", "http://example.org"), links.allTextContents());
        for (Locator link : links.all()) {
            assertThat(link).hasAttribute("rel", "noopener nofollow noreferrer");
            assertThat(link).hasAttribute("target", "_blank");
        }
    }

    private static void assertNothingRan(Page page) {
        assertEquals(true, page.evaluate(OWNED));
    }

    private static List<String> strings() throws IOException {
        try (InputStream in = Objects.requireNonNull(TextOnlyBrowserIT.class.getResourceAsStream("/xss.txt"))) {
            List<String> strings = new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank())
                    .toList();
            assertEquals(40, strings.size());
            return strings;
        }
    }
}

package dev.switchboard.local.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Whatever people write or call themselves, pages show it as text. The consoles must stay empty, which {@link OnStage} checks. */
@ExtendWith(OnStage.class)
class TextOnlyBrowserIT {
    /** Set by any of the strings that comes to run. */
    private static final String OWNED = "window.owned === undefined && !document.querySelector("
            + "'#chat img, #chat svg:not(.icono), #chat iframe, #chat script, #chat style, #chat form, li script, li img, .cabecera img')";

    @Test
    @Tag("SEC26")
    @Tag("S0.63")
    void messagesAreTextInEveryView(Stage stage) throws IOException {
        List<String> strings = strings();
        Visitor user = stage.user();
        strings.forEach(user::say);
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
    void namesAreTextInEveryView(Stage stage) throws IOException {
        Visitor admin = stage.admin();
        assertThat(admin.find("#estado-conexion")).hasText("Conectado");
        Visitor user = stage.visitor("names", options -> options);
        int shown = 0;
        for (String string : strings()) {
            String name = string.strip();
            // What can't be the name of a user is the display name of one.
            boolean mayBeUser = name.codePointCount(0, name.length()) <= 60;
            String own = mayBeUser ? name : stage.theatre().name("named");
            user.hold(stage.stack().tokens().issue(own, name, false), stage.gateway(0));
            if (user.page().navigate(stage.gateway(0) + "/soporte").url().contains("return=")) {
                continue; // Refused as a name, so it reaches no view.
            }
            shown++;
            assertThat(user.find("#conectado strong")).hasText(own);
            assertEquals(name, user.find("#conectado").getAttribute("title"));
            assertThat(user.find("#estado-conexion")).hasText("Conectado");
            user.say("soy yo");
            assertThat(user.find("#chat p.mensaje")).hasCount(1);
            Locator entry =
                    admin.find("#lista-usuarios .nombre").getByText(own, new Locator.GetByTextOptions().setExact(true));
            entry.click();
            assertThat(admin.find(".cabeza-chat h2")).hasText(own);
            assertThat(admin.find("#chat p.mensaje strong")).hasText(own + ":");
            assertNothingRan(user.page());
        }
        assertNothingRan(admin.page());
        assertTrue(shown >= 20, shown + " names were shown");
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

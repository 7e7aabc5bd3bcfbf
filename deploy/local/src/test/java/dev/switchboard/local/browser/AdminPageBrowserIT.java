package dev.switchboard.local.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.playwright.Locator;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The page of the support team. */
@ExtendWith(OnStage.class)
class AdminPageBrowserIT {
    @Test
    @Tag("S0.6")
    @Tag("S0.50")
    @Tag("S0.52")
    @Tag("S0.53")
    void listsEveryUserOnceAndLoadsTheirHistory(Stage stage) {
        Visitor user = stage.user();
        user.say("uno");
        user.say("dos");
        assertThat(user.find("#chat p[data-estado=stored]")).hasCount(2);

        Visitor admin = stage.admin();

        assertThat(admin.find("#conectado")).hasText("Conectado como: " + admin.name() + " (admin)");
        assertThat(admin.find(".lateral h2")).hasText("Usuarios");
        Locator entry = admin.find("ul#lista-usuarios > li.list-group-item[id='user-" + user.name() + "']");
        assertThat(entry).hasCount(1);
        assertThat(admin.find("input#usuarioActual[type=hidden]")).hasValue("");
        entry.click();
        assertThat(admin.find("#chat p.mensaje")).hasCount(2);
        assertEquals(List.of("uno", "dos"), admin.said());
        assertThat(admin.find("#chat p.mensaje strong").first()).hasText(user.name() + ":");
        user.say("tres");
        assertThat(admin.find("#chat p.mensaje")).hasCount(3);
        assertThat(entry).hasCount(1);
    }

    @Test
    @Tag("S0.54")
    @Tag("S0.55")
    @Tag("S0.56")
    @Tag("S0.57")
    @Tag("S0.58")
    @Tag("S1.12")
    void showsWhatIsNewWhatIsOpenAndWhatWasSeen(Stage stage) {
        Visitor admin = stage.admin();
        assertThat(admin.find("#estado-conexion")).hasText("Conectado");
        Visitor first = stage.user();
        Visitor second = stage.user();
        first.say("hola");
        second.say("buenas");
        // Neither was in the list.
        assertIsNew(admin.entry(first.name()));
        assertIsNew(admin.entry(second.name()));

        admin.choose(first.name());
        assertIsOpen(admin.entry(first.name()));
        assertThat(admin.find("#usuarioActual")).hasValue(first.name());
        assertIsNew(admin.entry(second.name()));

        admin.choose(second.name());
        assertIsOpen(admin.entry(second.name()));
        assertThat(admin.find("#usuarioActual")).hasValue(second.name());
        assertWasSeen(admin.entry(first.name()));
        assertEquals(List.of("buenas"), admin.said());

        second.say("¿hay alguien?");
        assertThat(admin.find("#chat p.mensaje")).hasCount(2);
        assertIsOpen(admin.entry(second.name()));
        first.say("otra cosa");
        assertIsNew(admin.entry(first.name()));
        assertThat(admin.entry(first.name()).locator(".cuenta")).containsText("1 sin leer");
    }

    private static void assertIsNew(Locator entry) {
        assertThat(entry).hasAttribute("data-nuevo", "true");
        assertThat(entry).hasClass(Pattern.compile("^(?=.*fw-bold)(?=.*text-danger)(?!.*text-success).*$"));
    }

    private static void assertIsOpen(Locator entry) {
        assertThat(entry).hasAttribute("data-nuevo", "false");
        assertThat(entry)
                .hasClass(Pattern.compile("^(?=.*bg-light)(?=.*text-success)(?=.*fw-bold)(?!.*text-danger).*$"));
    }

    private static void assertWasSeen(Locator entry) {
        assertThat(entry).hasAttribute("data-nuevo", "false");
        assertThat(entry)
                .hasClass(Pattern.compile("^(?=.*text-success)(?!.*bg-light)(?!.*fw-bold)(?!.*text-danger).*$"));
    }

    @Test
    @Tag("S0.51")
    @Tag("S0.59")
    void answersWhoeverIsOpenAndNobodyElse(Stage stage) {
        Visitor first = stage.user();
        Visitor second = stage.user();
        first.say("soy el primero");
        second.say("soy el segundo");
        Visitor admin = stage.admin();
        assertThat(admin.find("#formulario")).isHidden();

        admin.choose(first.name());
        admin.say("   ");
        admin.say("  para el primero  ");

        assertThat(admin.find("#chat p.mensaje")).hasCount(2);
        assertEquals(List.of("soy el primero", "para el primero"), admin.said());
        assertThat(admin.find("#chat p.propio strong")).hasText("Tú:");
        assertThat(admin.find("#mensaje")).hasValue("");
        assertThat(first.find("#chat p.equipo")).hasCount(1);
        admin.find("#mensaje").fill("un borrador");
        admin.choose(second.name());
        assertThat(admin.find("#mensaje")).hasValue("");
        assertEquals(List.of("soy el segundo"), admin.said());
        assertThat(second.find("#chat p.equipo")).hasCount(0);
        admin.choose(first.name());
        assertThat(admin.find("#mensaje")).hasValue("un borrador");
    }

    @Test
    void countsWhatIsUnreadInTheTitleAlsoAfterAReload(Stage stage) {
        Visitor user = stage.user();
        user.say("uno");
        user.say("dos");
        Visitor admin = stage.admin();
        Locator badge = admin.entry(user.name()).locator(".cuenta");
        assertThat(badge).containsText("2 sin leer");
        assertThat(admin.page()).hasTitle(Pattern.compile("^\\(\\d+\\) Soporte$"));
        admin.choose(user.name());
        assertThat(badge).isHidden();
        // Seen is what the other side learns from the stored mark, so a reload knows it, too.
        assertThat(user.find("#chat p[data-estado=read]")).hasCount(2);
        admin.page().reload();
        assertThat(admin.entry(user.name())).isVisible();
        assertThat(badge).isHidden();
    }

    @Test
    void worksWithTheKeyboardAlone(Stage stage) {
        Visitor user = stage.user();
        user.say("hola");
        Visitor admin = stage.admin();
        assertThat(admin.entry(user.name())).isVisible();
        admin.page().keyboard().press("Control+k");
        assertThat(admin.find("#filtro")).isFocused();
        admin.page().keyboard().type(user.name());
        assertThat(admin.find("#lista-usuarios li")).hasCount(1);
        admin.page().keyboard().press("Tab");
        admin.page().keyboard().press("Enter");
        assertThat(admin.find("#mensaje")).isFocused();
        admin.page().keyboard().type("respuesta");
        admin.page().keyboard().press("Enter");
        assertThat(user.find("#chat p.equipo .texto")).hasText("respuesta");
        admin.page().keyboard().press("Escape");
        assertThat(admin.entry(user.name()).locator("button")).isFocused();
    }

    @Test
    void showsTheListOrAConversationOnAPhone(Stage stage) {
        Visitor user = stage.user();
        user.say("hola");
        Visitor admin =
                stage.open(stage.theatre().name("admin"), true, 1, options -> options.setViewportSize(390, 780));
        assertThat(admin.find("#chat")).isHidden();
        admin.choose(user.name());
        assertThat(admin.find("#chat p.mensaje")).isVisible();
        assertThat(admin.find("#lista-usuarios")).isHidden();
        assertWasRead(user, 1);

        admin.find(".volver").click();
        assertThat(admin.find("#lista-usuarios")).isVisible();
        assertThat(admin.find("#chat")).isHidden();
        assertThat(admin.entry(user.name()).locator("button")).isFocused();
        user.say("¿sigues ahí?");
        assertIsNew(admin.entry(user.name()));
        assertThat(admin.entry(user.name()).locator(".cuenta")).containsText("1 sin leer");

        admin.choose(user.name());
        assertThat(admin.find("#chat p.mensaje")).hasCount(2);
        assertWasRead(user, 2);
        admin.page().goBack();
        assertThat(admin.find("#lista-usuarios")).isVisible();
        assertWasSeen(admin.entry(user.name()));
        assertEquals(390, admin.page().evaluate("document.documentElement.scrollWidth"), "no wider than the screen");
        admin.page().goForward();
        assertThat(admin.find("#chat p.mensaje")).hasCount(2);
        assertThat(admin.find("#lista-usuarios")).isHidden();
        // The empty page, the list and the conversation: however often one goes back and forth, there is no more to go
        // back through.
        assertEquals(3, admin.page().evaluate("history.length"));
    }

    private static void assertWasRead(Visitor user, int messages) {
        assertThat(user.find("#chat p[data-estado=read]")).hasCount(messages);
    }
}

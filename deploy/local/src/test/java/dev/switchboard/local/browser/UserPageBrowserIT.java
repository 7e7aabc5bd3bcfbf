package dev.switchboard.local.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.assertions.LocatorAssertions.HasCountOptions;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The page of a customer. */
@ExtendWith(OnStage.class)
class UserPageBrowserIT {
    private static final Pattern STORED = Pattern.compile("stored|read");
    private static final HasCountOptions PATIENT = new HasCountOptions().setTimeout(15_000);
    private static final DateTimeFormatter FECHA = DateTimeFormatter.ofPattern("' ('dd/MM/yyyy HH:mm')'");

    @Test
    @Tag("S0.6")
    @Tag("S0.43")
    @Tag("S0.44")
    @Tag("S0.45")
    void showsWhoIsConnectedThePanelAndTheForm(Stage stage) {
        Visitor user = stage.user();

        assertThat(user.find("#conectado")).hasText("Conectado como: " + user.name() + " (user)");
        assertThat(user.find("#estado-conexion")).hasText("Conectado");
        assertThat(user.find("div#chat")).hasCSS("overflow-y", "auto");
        assertTrue(user.find("#chat").boundingBox().height >= 400);
        Locator input = user.find("form#formulario input#mensaje[type=text][required]");
        assertThat(input).hasAttribute("placeholder", "Mensaje...");
        assertThat(user.find("#formulario button")).hasText("Enviar");
        assertThat(user.find("#lista-usuarios")).hasCount(0);
        assertThat(user.find("#chat h2")).hasText("¿En qué podemos ayudarte?");
    }

    @Test
    @Tag("S0.48")
    @Tag("S0.49")
    void showsAnOwnMessageAtOnceAndSendsItToSupport(Stage stage) {
        Visitor user = stage.user();
        user.say("   ");
        assertThat(user.find("#chat p.mensaje")).hasCount(0);

        user.say("  hola, soporte  ");

        assertThat(user.find("#chat p.mensaje strong")).hasText("Tú:");
        assertEquals(List.of("hola, soporte"), user.said());
        assertThat(user.find("#mensaje")).hasValue("");
        assertThat(user.find("#chat p.mensaje")).hasAttribute("data-estado", STORED);
        Object mine = user.page().evaluate("async () => (await fetch('/api/mensajes/mios')).json()");
        assertTrue(mine.toString().contains("para_usuario=admin"), mine.toString());
        assertTrue(mine.toString().contains("de_usuario=" + user.name()), mine.toString());
    }

    @Test
    @Tag("S0.46")
    @Tag("S0.60")
    @Tag("S0.61")
    void loadsTheHistoryWithTimes(Stage stage) {
        Visitor user = stage.user();
        LocalDateTime before = LocalDateTime.now(ZoneId.of(Stage.TIME_ZONE));
        List.of("uno", "dos", "tres").forEach(user::say);
        assertThat(user.find("#chat p[data-estado=stored]")).hasCount(3);

        user.page().reload();

        assertThat(user.find("#chat p.mensaje")).hasCount(3);
        assertEquals(List.of("uno", "dos", "tres"), user.said());
        Locator first = user.find("#chat p.mensaje").first();
        String time = String.valueOf(first.locator(".text-muted").textContent());
        assertTrue(
                List.of(FECHA.format(before), FECHA.format(before.plusMinutes(1)))
                        .contains(time),
                time);
        assertTrue(String.valueOf(first.textContent()).startsWith("Tú: uno" + time), first.textContent());
        double ratio = ((Number) first.evaluate(
                        "line => parseFloat(getComputedStyle(line.querySelector('.text-muted')).fontSize)"
                                + " / parseFloat(getComputedStyle(line).fontSize)"))
                .doubleValue();
        assertEquals(0.8, ratio, 0.01);
    }

    @Test
    @Tag("S0.47")
    @Tag("S1.13")
    void appendsWhatSupportSays(Stage stage) {
        Visitor user = stage.user();
        user.say("hola");
        Visitor admin = stage.admin();
        admin.choose(user.name());
        admin.say("¿en qué puedo ayudar?");

        Locator answer = user.find("#chat p.equipo");
        assertThat(answer).containsText(admin.name() + ": ¿en qué puedo ayudar? (");
        assertThat(answer.locator(".text-muted")).hasText(Pattern.compile("\\(\\d\\d/\\d\\d/\\d{4} \\d\\d:\\d\\d\\)"));
        assertThat(user.find("#chat p.propio")).hasAttribute("data-estado", "read");
        assertThat(admin.find("#chat p.propio")).hasAttribute("data-estado", "read");
    }

    @Test
    @Tag("S0.62")
    void followsTheEndAndLeavesAReaderAbove(Stage stage) {
        Visitor user = stage.user();
        user.sayAll(IntStream.rangeClosed(1, 40).mapToObj(i -> "línea " + i).toList());
        assertThat(user.find("#chat p.mensaje")).hasCount(40);
        assertThat(user.find("#chat p.mensaje").last()).isInViewport();
        Visitor admin = stage.admin();
        admin.choose(user.name());
        assertThat(admin.find("#chat p.mensaje")).hasCount(40);

        user.find("#chat").evaluate("chat => chat.scrollTop = 300");
        assertThat(user.find(".saltar")).hasText("Ir al final");
        admin.say("una novedad");

        assertThat(user.find(".saltar")).hasText("1 mensaje nuevo");
        assertEquals(300, ((Number) user.find("#chat").evaluate("chat => chat.scrollTop")).intValue(), 1);
        user.find(".saltar").click();
        assertThat(user.find("#chat p.equipo")).isInViewport();
        assertThat(user.find(".saltar")).isHidden();
        admin.say("y otra");
        assertThat(user.find("#chat p.equipo").last()).hasText(Pattern.compile("y otra"));
        assertThat(user.find("#chat p.equipo").last()).isInViewport();
    }

    @Test
    void loadsWhatIsOlderOnTheWayUp(Stage stage) {
        Visitor user = stage.user();
        // The page holds no more than a hundred that are not accepted.
        for (int first : List.of(1, 61)) {
            user.sayAll(
                    IntStream.range(first, first + 60).mapToObj(i -> "n" + i).toList());
            assertThat(user.find("#chat p[data-estado=stored]")).hasCount(first + 59, PATIENT);
        }
        user.page().reload();
        assertThat(user.find("#chat p.mensaje")).hasCount(50);

        for (int count : List.of(100, 120)) {
            user.find("#chat").evaluate("chat => chat.scrollTop = 0");
            assertThat(user.find("#chat p.mensaje")).hasCount(count);
        }
        assertEquals(IntStream.rangeClosed(1, 120).mapToObj(i -> "n" + i).toList(), user.said());
        assertThat(user.find("#chat .rotulo")).hasText("Principio de la conversación");
    }

    @Test
    void keepsADraftThroughAReload(Stage stage) {
        Visitor user = stage.user();
        user.find("#mensaje").fill("a medias");
        user.page().reload();
        assertThat(user.find("#mensaje")).hasValue("a medias");
    }

    @Test
    void refusesWhatIsTooLongBeforeItIsSent(Stage stage) {
        Visitor user = stage.user();
        assertThat(user.find("#estado-conexion")).hasText("Conectado");
        user.find("#mensaje").fill("😀".repeat(4_001));
        assertThat(user.find("#nota")).hasText("Demasiado largo: sobran 1 caracteres");
        user.find("#mensaje").press("Enter");
        assertThat(user.find("#chat p.mensaje")).hasCount(0);
        assertThat(user.find("#mensaje")).hasValue("😀".repeat(4_001));
    }

    @Test
    void speaksEnglishToo(Stage stage) {
        Visitor user = stage.open(stage.theatre().name("user"), false, 0, options -> options.setLocale("en-GB"));
        assertThat(user.find("#conectado")).hasText("Connected as: " + user.name() + " (user)");
        user.find(".cabecera a").click();
        assertThat(user.find("#conectado")).hasText("Conectado como: " + user.name() + " (user)");
        assertThat(user.find("html")).hasAttribute("lang", "es");
    }

    @Test
    void endsEverywhereOnSignOut(Stage stage) {
        Visitor user = stage.user();
        assertThat(user.find("#estado-conexion")).hasText("Conectado");
        user.find("#salir").click();
        user.page().waitForURL(Pattern.compile(stage.stack().signInUrl() + "/\\?return=.*"));
        assertEquals(0, user.context().cookies(stage.gateway(0).toString()).size(), "the cookie went with the session");
    }
}

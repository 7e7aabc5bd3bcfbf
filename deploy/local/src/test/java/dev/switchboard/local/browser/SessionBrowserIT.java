package dev.switchboard.local.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions.HasTextOptions;
import com.microsoft.playwright.assertions.LocatorAssertions.IsHiddenOptions;
import com.microsoft.playwright.options.Cookie;
import dev.switchboard.local.demo.SignInServer;
import java.time.Duration;
import java.time.Instant;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Signing in, staying signed in, and what a page does when that ends. */
@ExtendWith(OnStage.class)
class SessionBrowserIT {
    private static final Duration LONG = Duration.ofHours(1);

    @Test
    @Tag("SEC4")
    @Tag("SEC6")
    void signsInAndComesBackToThePage(Stage stage) {
        Visitor visitor = stage.visitor("visitor", options -> options);
        Page page = visitor.page();
        page.navigate(stage.gateway(1) + "/soporte?lang=es");
        assertTrue(page.url().startsWith(stage.stack().signInUrl() + "/?return="), page.url());
        page.locator("button[value=marta]").click();

        page.waitForURL(stage.gateway(1) + "/soporte?lang=es");
        assertThat(visitor.find("#conectado")).hasText("Conectado como: marta (user)");
        Cookie first = cookie(visitor);
        assertEquals("__Host-chat", first.name);
        assertEquals("/", first.path);
        assertEquals("localhost", first.domain, "no Domain: this host alone");
        assertTrue(first.secure && first.httpOnly);
        assertTrue(first.expires
                <= Instant.now().plus(stage.stack().tokens().life()).getEpochSecond() + 1);

        page.navigate(stage.stack().signInUrl() + "/");
        page.locator("button[value=marta]").click();
        assertThat(page.locator(".signed-in")).containsText("Marta Ruiz");
        assertTrue(!cookie(visitor).value.equals(first.value), "a new token at each sign-in");
    }

    private static Cookie cookie(Visitor visitor) {
        return visitor.context().cookies().stream()
                .filter(cookie -> cookie.name.equals(SignInServer.COOKIE))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void goesOnWithoutABreakWhenThePlatformRenewsTheCookie(Stage stage) {
        Visitor user = stage.user(Duration.ofSeconds(60));
        String name = user.name();
        assertThat(user.find("#barra-conexion")).containsText("Tu sesión termina pronto");
        stage.screenshot(user, "user-session-ends-soon");
        user.page().evaluate("window.sameAsBefore = true");

        user.hold(stage.theatre().tokens(LONG).issue(name, name, false), stage.gateway(0));

        assertThat(user.find("#barra-conexion")).isHidden(new IsHiddenOptions().setTimeout(15_000));
        assertThat(user.find("#estado-conexion")).hasText("Conectado");
        user.say("sigo aquí");
        assertThat(user.find("#chat p.mensaje")).hasAttribute("data-estado", Pattern.compile("accepted|stored"));
        assertEquals(true, user.page().evaluate("window.sameAsBefore"));
    }

    @Test
    @Tag("T22")
    void saysThatTheSessionHasEndedAndGoesOnAfterTheNextSignIn(Stage stage) {
        Visitor user = stage.adopt(stage.theatre().abandoned());
        String name = user.name();
        user.expectTrouble();
        user.page().evaluate("window.sameAsBefore = true");

        assertThat(user.find("#estado-conexion"))
                .hasText("Tu sesión ha terminado", new HasTextOptions().setTimeout(50_000));
        assertThat(user.find("#barra-conexion a")).hasText("Iniciar sesión");
        stage.screenshot(user, "user-session-ended");
        user.say("después");
        user.hold(stage.theatre().tokens(LONG).issue(name, name, false), stage.gateway(0));

        assertThat(user.find("#estado-conexion")).hasText("Conectado", new HasTextOptions().setTimeout(15_000));
        assertThat(user.find("#chat p.mensaje").last()).hasAttribute("data-estado", Pattern.compile("accepted|stored"));
        assertEquals(true, user.page().evaluate("window.sameAsBefore"));
    }

    @Test
    void forgetsTheScreenWhenSomebodySignsOutInAnotherTab(Stage stage) {
        Visitor user = stage.user();
        user.say("un secreto");
        assertThat(user.find("#chat p.mensaje")).hasCount(1);
        user.expectTrouble();
        Page other = user.context().newPage();
        other.navigate(stage.gateway(1) + "/soporte");
        other.locator("#salir").click();

        assertThat(user.find("#estado-conexion")).hasText("La sesión se ha cerrado");
        assertThat(user.find("#chat p.mensaje")).hasCount(0);
        assertThat(user.find("#mensaje")).isDisabled();
        assertThat(user.find("#barra-conexion a")).hasText("Iniciar sesión");
    }
}

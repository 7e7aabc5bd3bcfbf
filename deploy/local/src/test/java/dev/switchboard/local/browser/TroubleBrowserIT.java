package dev.switchboard.local.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.WebSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What went wrong is told as it is, with the way out of it. */
@ExtendWith(OnStage.class)
class TroubleBrowserIT {
    private static final Pattern STORED = Pattern.compile("stored|read");
    private static final String TOO_MANY = "Abierto en demasiados sitios";

    /** On its way out, one letter of the next message becomes a character that the server refuses. The page does not know. */
    private static final String DAMAGE_NEXT = "letter => { const send = WebSocket.prototype.send;"
            + " WebSocket.prototype.send = function (frame) { const at = frame.lastIndexOf(letter.charCodeAt(0));"
            + " if (new TextDecoder().decode(frame).includes(letter + 'umo')) {"
            + " frame[at] = 1; WebSocket.prototype.send = send; } send.call(this, frame); } }";

    private static final String MINE =
            "async () => (await (await fetch('/api/mensajes/mios')).json()).map(one => one.mensaje)";

    /** So many more connections of the same user, each of them welcome. */
    private static final String CROWD = "count => { window.crowd = Array.from({length: count}, () =>"
            + " new WebSocket(location.origin.replace('http', 'ws') + '/ws', 'switchboard.v1'));"
            + " return Promise.all(crowd.map(one => new Promise(done => one.onmessage = done))).then(() => true); }";

    private static final String NOTE_WORDS = "state => { window.words = [];"
            + " new MutationObserver(() => words.push(state.textContent)).observe(state, {childList: true}); }";

    @Test
    void whatWasRefusedIsShownAsFailedAndSentAgainOnce(Stage stage) {
        Visitor user = stage.user();
        assertThat(user.find("#estado-conexion")).hasText("Conectado");
        user.page().evaluate(DAMAGE_NEXT, "Z");

        user.say("¿Hay Zumo?");

        Locator line = user.find("#chat p.mensaje");
        assertThat(line).hasAttribute("data-estado", "failed");
        assertThat(line.locator(".estado-texto")).hasText("No enviado: contiene caracteres que no se admiten.");
        assertEquals(List.of(), user.page().evaluate(MINE));
        line.locator("button").click();
        assertThat(line).hasAttribute("data-estado", STORED);
        assertThat(line.locator("button")).hasCount(0);
        assertEquals(List.of("¿Hay Zumo?"), user.said());
        assertEquals(List.of("¿Hay Zumo?"), user.page().evaluate(MINE));
        user.page().reload();
        assertThat(line).hasCount(1);
    }

    @Test
    void theOldestOfTooManyConnectionsRestsUntilItIsWantedAgain(Stage stage) {
        Visitor user = stage.visitor(stage.theatre().name("user"), UnaryOperator.identity());
        user.hold(stage.stack().tokens().issue(user.name(), user.name(), false), stage.gateway(0));
        user.page().clock().install();
        user.page().navigate(stage.gateway(0) + "/soporte");
        user.say("antes");
        assertThat(user.find("#chat p.mensaje")).hasAttribute("data-estado", STORED);
        Locator state = user.find("#estado-conexion");
        Page other = user.context().newPage();
        other.navigate(stage.gateway(0) + "/soporte");
        assertThat(other.locator("#estado-conexion")).hasText("Conectado");

        state.evaluate(NOTE_WORDS);
        other.evaluate(CROWD, 9);

        assertThat(state).hasText(TOO_MANY);
        assertEquals(List.of(TOO_MANY), user.page().evaluate("words"), "not as if it were to come back");
        assertThat(user.find("#barra-conexion")).containsText("Esta pestaña dejó de recibir mensajes");
        assertThat(user.find("#mensaje")).isDisabled();
        stage.screenshot(user, "user-replaced");
        List<WebSocket> attempts = new ArrayList<>();
        user.page().onWebSocket(attempts::add);
        user.page().clock().fastForward(120_000);
        user.page().evaluate("['online', 'focus', 'pageshow'].forEach(name => dispatchEvent(new Event(name)))");
        assertThat(state).hasText(TOO_MANY);
        assertEquals(true, other.evaluate("crowd.every(one => one.readyState === WebSocket.OPEN)"));
        assertEquals(List.of(), attempts, "it does not fight for its place");

        user.find("#barra-conexion button").click();
        assertThat(state).hasText("Conectado");
        assertThat(user.find("#chat p.mensaje .texto")).hasText("antes");
        assertThat(other.locator("#estado-conexion")).hasText(TOO_MANY);
    }

    @Test
    void whoeverCouldNotSignOutIsToldSo(Stage stage) {
        Visitor user = stage.user();
        assertThat(user.find("#estado-conexion")).hasText("Conectado");
        user.find("#mensaje").fill("a medias");
        user.expectTrouble();

        user.context().setOffline(true);
        user.find("#salir").click();

        assertThat(user.find("#barra-conexion")).containsText("No se pudo cerrar la sesión. Sigue abierta");
        assertThat(user.find("#conectado")).containsText(user.name());
        assertThat(user.find("#mensaje")).hasValue("a medias");
        assertEquals(1, user.context().cookies(stage.gateway(0).toString()).size());
        stage.screenshot(user, "user-sign-out-failed");
        user.context().setOffline(false);
        user.find("#salir").click();
        user.page().waitForURL(Pattern.compile(stage.stack().signInUrl() + "/\\?return=.*"));
        assertEquals(0, user.context().cookies(stage.gateway(0).toString()).size());
    }
}

package dev.switchboard.local.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.playwright.assertions.LocatorAssertions.HasCountOptions;
import com.microsoft.playwright.assertions.LocatorAssertions.HasTextOptions;
import dev.switchboard.local.ServiceProcess;
import java.util.HashSet;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Several browsers in one conversation while parts of the system go away. Nobody reloads. */
@ExtendWith(OnStage.class)
class SharedConversationBrowserIT {
    private static final int MESSAGES = 50;
    private static final HasCountOptions PATIENT = new HasCountOptions().setTimeout(30_000);

    @Test
    void everybodySeesTheSameFiftyMessagesWhileAGatewayRestarts(Stage stage) {
        Visitor user = stage.user();
        Visitor admin = stage.admin();
        Visitor second = stage.open(stage.theatre().name("admin"), true, 1, UnaryOperator.identity());
        List<Visitor> all = List.of(user, admin, second);
        user.say("mensaje 1");
        admin.choose(user.name());
        second.choose(user.name());
        for (Visitor visitor : all) {
            visitor.expectTrouble();
            visitor.page().evaluate("window.sameAsBefore = true");
            assertThat(visitor.find("#chat p.mensaje")).hasCount(1);
        }

        ServiceProcess gateway = stage.stack().gateways().get(0);
        for (int i = 2; i <= MESSAGES; i++) {
            if (i == 20) {
                gateway.kill();
            } else if (i == 40) {
                gateway.restart();
            }
            all.get(i % all.size()).say("mensaje " + i);
        }
        gateway.awaitReady();

        for (Visitor visitor : all) {
            assertThat(visitor.find("#chat p.mensaje")).hasCount(MESSAGES, PATIENT);
            assertThat(visitor.find("#chat p[data-estado=sending]")).hasCount(0, PATIENT);
            assertThat(visitor.find("#chat p[data-estado=failed]")).hasCount(0);
        }
        List<String> seen = user.said();
        assertEquals(MESSAGES, new HashSet<>(seen).size(), "none twice");
        assertEquals(seen, admin.said());
        assertEquals(seen, second.said());
        all.forEach(visitor -> assertEquals(true, visitor.page().evaluate("window.sameAsBefore")));
    }

    @Test
    void whatIsWrittenOfflineIsSentOnceTheNetworkIsBack(Stage stage) {
        Visitor user = stage.user();
        user.say("antes");
        Visitor admin = stage.admin();
        admin.choose(user.name());
        assertThat(admin.find("#chat p.mensaje")).hasCount(1);
        user.expectTrouble();

        user.context().setOffline(true);
        assertThat(user.find("#estado-conexion")).hasText("Sin conexión", new HasTextOptions().setTimeout(10_000));
        user.say("durante");
        assertThat(user.find("#chat p.mensaje").last()).hasAttribute("data-estado", "sending");
        admin.say("¿sigues ahí?");
        stage.screenshot(user, "user-offline");
        user.context().setOffline(false);

        for (Visitor visitor : List.of(user, admin)) {
            assertThat(visitor.find("#chat p.mensaje")).hasCount(3, PATIENT);
            assertEquals(List.of("antes", "¿sigues ahí?", "durante"), visitor.said());
        }
        assertThat(user.find("#barra-conexion")).isHidden();
    }
}

package dev.switchboard.local.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Response;
import com.microsoft.playwright.options.ColorScheme;
import dev.switchboard.local.LocalStack;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The main states of the pages: a picture of each for a person to look at, and none of them with a barrier that axe finds. */
@ExtendWith(OnStage.class)
class LookBrowserIT {
    private static final String VIOLATIONS = "async () => (await axe.run()).violations.map("
            + "one => one.id + ': ' + one.nodes.map(node => node.target.join(' ')).join(', ')).join('\\n')";

    @Test
    void looksLikeAProduct(Stage stage) throws IOException {
        fillInConversations(stage);
        picture(stage, stage.open("ana", false, 0, UnaryOperator.identity()), "user", false);
        picture(stage, stage.open("ana", false, 0, LookBrowserIT::dark), "user-dark", false);
        picture(stage, stage.open("ana", false, 0, LookBrowserIT::phone), "user-phone", false);
        picture(stage, stage.open("sofia", true, 0, UnaryOperator.identity()), "admin", true);
        picture(stage, stage.open("sofia", true, 0, LookBrowserIT::dark), "admin-dark", true);
        picture(stage, stage.open("sofia", true, 0, LookBrowserIT::phone), "admin-phone", true);
    }

    @Test
    void saysWhatIsMissing(Stage stage) throws IOException {
        Visitor nobody = stage.user();
        assertThat(nobody.find("#chat h2")).isVisible();
        check(stage, nobody, "user-empty");
        Visitor admin = stage.admin();
        assertThat(admin.find(".elegir h2")).isVisible();
        check(stage, admin, "admin-nobody-chosen");

        Visitor unlucky = stage.visitor("unlucky", UnaryOperator.identity());
        unlucky.hold(stage.stack().tokens().issue("unlucky", "unlucky", false), stage.gateway(0));
        unlucky.expectTrouble();
        unlucky.page().route("**/api/v1/conversations**", route -> route.abort());
        unlucky.page().navigate(stage.gateway(0) + "/soporte");
        assertThat(unlucky.find("#chat .fallo")).isVisible();
        check(stage, unlucky, "user-error");
        unlucky.page().unroute("**/api/v1/conversations**");
        unlucky.find("#chat .fallo button").click();
        assertThat(unlucky.find("#chat h2")).isVisible();
    }

    @Test
    void asksToSignInWhereNobodySaidAtWhichPage(Stage stage) throws IOException {
        Visitor nobody = stage.visitor(stage.theatre().name("user"), UnaryOperator.identity());
        nobody.expectTrouble();
        try (LocalStack stack = stage.theatre().startWithoutSignInPage()) {
            URI gateway = stack.gatewayUrls().get(0);

            Response answer = nobody.page().navigate(gateway + "/soporte?lang=es");

            assertEquals(401, answer.status());
            assertThat(nobody.find("h1:visible")).hasText("Inicia sesión para hablar con soporte");
            assertThat(nobody.find(".tarjeta")).isInViewport();
            check(stage, nobody, "signed-out");
            nobody.hold(stack.tokens().issue(nobody.name(), nobody.name(), false), gateway);
            nobody.find("a:visible").click();
            assertThat(nobody.find("#conectado")).hasText("Conectado como: " + nobody.name() + " (user)");
            assertThat(nobody.find("#estado-conexion")).hasText("Conectado");
            // Before its gateway goes.
            nobody.close();
        }
    }

    private static Browser.NewContextOptions dark(Browser.NewContextOptions options) {
        return options.setColorScheme(ColorScheme.DARK);
    }

    private static Browser.NewContextOptions phone(Browser.NewContextOptions options) {
        return options.setViewportSize(390, 780).setDeviceScaleFactor(2);
    }

    private static void fillInConversations(Stage stage) throws IOException {
        Visitor demo = stage.visitor("demo", UnaryOperator.identity());
        demo.page().navigate(stage.stack().signInUrl().toString());
        demo.page().locator("button[value=yes]").click();
        assertThat(demo.find("[role=status]")).containsText("three conversations are there now");
        demo.page().locator("button[value=sofia]").click();
        assertThat(demo.find(".signed-in")).isVisible();
        check(stage, demo, "sign-in");
    }

    private static void picture(Stage stage, Visitor visitor, String name, boolean admin) throws IOException {
        if (admin) {
            assertThat(visitor.entry("ana")).isVisible();
            if (name.endsWith("phone")) {
                check(stage, visitor, name + "-list");
            }
            visitor.choose("ana");
        }
        assertThat(visitor.find("#chat p.mensaje").first()).isVisible();
        assertThat(visitor.find("#estado-conexion")).hasText("Conectado");
        check(stage, visitor, name);
        visitor.close();
    }

    private static void check(Stage stage, Visitor visitor, String name) throws IOException {
        stage.screenshot(visitor, name);
        assertEquals("", violations(visitor.page()), name);
    }

    private static String violations(Page page) throws IOException {
        try (InputStream in = Objects.requireNonNull(LookBrowserIT.class.getResourceAsStream("/axe.min.js"))) {
            page.evaluate(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
        return String.valueOf(page.evaluate(VIOLATIONS));
    }
}

package dev.switchboard.local.browser;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.options.ColorScheme;
import dev.switchboard.local.LocalStack;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** One test's share of the {@link Theatre}: the people it brought in, whose browsers are closed after it. One thread. */
final class Stage implements AutoCloseable {
    static final String TIME_ZONE = "Europe/Madrid";
    /** For a person to look at; written on each run. */
    private static final Path SCREENSHOTS = Path.of("target", "screenshots");

    private static final Duration TOKEN_LIFE = Duration.ofHours(1);

    private final Theatre theatre;
    private final List<Visitor> visitors = new ArrayList<>();

    Stage(Theatre theatre) {
        this.theatre = theatre;
    }

    LocalStack stack() {
        return theatre.stack();
    }

    Theatre theatre() {
        return theatre;
    }

    URI gateway(int index) {
        return stack().gatewayUrls().get(index);
    }

    /** A customer nobody has seen before, with the page open. */
    Visitor user() {
        return user(TOKEN_LIFE);
    }

    /** The same with a session that lasts so long. */
    Visitor user(Duration tokenLife) {
        return open(theatre.name("user"), false, 0, UnaryOperator.identity(), tokenLife);
    }

    /** Somebody who was there before this test takes part in it. */
    Visitor adopt(Visitor visitor) {
        visitors.add(visitor);
        return visitor;
    }

    /** One more of the support team. */
    Visitor admin() {
        return open(theatre.name("admin"), true, 0, options -> options);
    }

    /** Somebody with a cookie and the page of a gateway open. */
    Visitor open(String name, boolean admin, int gateway, UnaryOperator<Browser.NewContextOptions> options) {
        return open(name, admin, gateway, options, TOKEN_LIFE);
    }

    Visitor open(
            String name,
            boolean admin,
            int gateway,
            UnaryOperator<Browser.NewContextOptions> options,
            Duration tokenLife) {
        Visitor visitor = visitor(name, options);
        enter(visitor, admin, gateway(gateway), tokenLife);
        return visitor;
    }

    /** A customer who comes in by the one address of all gateways. */
    Visitor userAtTheDoor() {
        Visitor visitor = visitor(theatre.name("user"), UnaryOperator.identity());
        enter(visitor, false, theatre.door().url(), TOKEN_LIFE);
        return visitor;
    }

    private void enter(Visitor visitor, boolean admin, URI address, Duration tokenLife) {
        visitor.hold(theatre.tokens(tokenLife).issue(visitor.name(), visitor.name(), admin), address);
        visitor.page().navigate(address + "/soporte");
    }

    /** Somebody without a cookie, before an empty page. */
    Visitor visitor(String name, UnaryOperator<Browser.NewContextOptions> options) {
        BrowserContext context = theatre.browser()
                .newContext(options.apply(new Browser.NewContextOptions()
                        .setLocale("es-ES")
                        .setTimezoneId(TIME_ZONE)
                        .setColorScheme(ColorScheme.LIGHT)
                        .setViewportSize(1280, 800)));
        Visitor visitor = new Visitor(name, context);
        visitors.add(visitor);
        return visitor;
    }

    void screenshot(Visitor visitor, String name) {
        visitor.screenshot(SCREENSHOTS.resolve(name + ".png"));
    }

    /** What went wrong in any of the browsers. */
    List<String> problems() {
        return visitors.stream()
                .flatMap(visitor -> visitor.problems().stream().map(problem -> visitor.name() + ": " + problem))
                .toList();
    }

    /** A picture and a trace of each, for whoever looks into a failure. */
    void leaveTraces(String test) {
        Path folder = Path.of("target", "browser-failures", test.replaceAll("[^\\w.-]", "_"));
        for (Visitor visitor : visitors) {
            visitor.screenshot(folder.resolve(visitor.name() + ".png"));
            visitor.saveTrace(folder.resolve(visitor.name() + ".zip"));
        }
    }

    @Override
    public void close() {
        visitors.forEach(Visitor::close);
    }
}

package dev.switchboard.local.browser;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Tracing;
import com.microsoft.playwright.options.Cookie;
import com.microsoft.playwright.options.SameSiteAttribute;
import dev.switchboard.local.demo.SignInServer;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Somebody with a browser of their own: cookies, storage and one page. One thread. Notes whatever goes wrong in the console. */
final class Visitor implements AutoCloseable {
    /** What a browser writes when the network or a server is gone; tests that cause that expect it. */
    private static final List<String> TROUBLE =
            List.of("net::ERR_", "WebSocket connection to", "status of 401", "status of 503");

    private final String name;
    private final BrowserContext context;
    private final Page page;
    private final List<String> problems = new ArrayList<>();
    private boolean troubleExpected;

    Visitor(String name, BrowserContext context) {
        this.name = name;
        this.context = context;
        context.tracing().start(new Tracing.StartOptions().setSnapshots(true));
        this.page = context.newPage();
        page.onConsoleMessage(message -> {
            if (message.type().equals("error") || message.type().equals("warning")) {
                problems.add(message.text());
            }
        });
        page.onPageError(problems::add);
    }

    String name() {
        return name;
    }

    Page page() {
        return page;
    }

    BrowserContext context() {
        return context;
    }

    /** The platform's part: sets the cookie, or renews it. */
    void hold(String token, URI gateway) {
        context.addCookies(List.of(new Cookie(SignInServer.COOKIE, token)
                .setUrl(gateway.toString().replace("http:", "https:"))
                .setHttpOnly(true)
                .setSecure(true)
                .setSameSite(SameSiteAttribute.LAX)));
    }

    Locator find(String selector) {
        return page.locator(selector);
    }

    /** Types and presses Enter. */
    void say(String text) {
        find("#mensaje").fill(text);
        find("#mensaje").press("Enter");
    }

    /** The same for many, faster than anybody types. */
    void sayAll(List<String> texts) {
        page.evaluate(
                "texts => texts.forEach(text => { document.querySelector('#mensaje').value = text;"
                        + " document.querySelector('#formulario').requestSubmit(); })",
                texts);
    }

    /** The texts of all lines, as shown. */
    List<String> said() {
        return find("#chat p.mensaje .texto").allTextContents();
    }

    /** An administrator opens the conversation of a user. */
    void choose(String user) {
        entry(user).click();
    }

    Locator entry(String user) {
        return find("[id=\"user-" + user + "\"]");
    }

    /** From here on the network or a server may fail, on purpose. */
    void expectTrouble() {
        troubleExpected = true;
    }

    List<String> problems() {
        return problems.stream()
                .filter(problem -> !troubleExpected || TROUBLE.stream().noneMatch(problem::contains))
                .toList();
    }

    void screenshot(Path file) {
        page.screenshot(new Page.ScreenshotOptions().setPath(file));
    }

    void saveTrace(Path file) {
        context.tracing().stop(new Tracing.StopOptions().setPath(file));
    }

    @Override
    public void close() {
        context.close();
    }
}

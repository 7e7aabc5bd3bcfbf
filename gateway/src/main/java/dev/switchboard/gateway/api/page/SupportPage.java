package dev.switchboard.gateway.api.page;

import dev.switchboard.gateway.api.http.Access;
import dev.switchboard.gateway.api.http.HttpCall;
import dev.switchboard.gateway.api.http.HttpReply;
import dev.switchboard.gateway.api.http.Problem;
import dev.switchboard.gateway.api.http.Routes;
import dev.switchboard.gateway.auth.Identity;
import dev.switchboard.gateway.auth.Origins;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * {@code /soporte}, the page of the support chat, and {@code /}, which leads to it. Immutable; any thread. Who brings no good
 * token is sent to sign in and comes back, or reads a page that says what is missing.
 *
 * <p>Decision: the address to come back to is made of an allowed origin and what this class knows of its own page, never of
 * the request line or of a Host header that is not on the list. So no link can be made that leads elsewhere.
 */
public final class SupportPage {
    static final String POLICY = String.join(
            "; ",
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "connect-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'");

    private static final String PATH = "/soporte";
    private static final Set<String> LANGUAGES = Set.of("es", "en");
    private static final String LANGUAGE_DEFAULT = "es";

    private final Template page;
    private final Template unauthenticated;
    private final Origins origins;
    private final Optional<URI> signIn;

    /**
     * Reads its templates.
     *
     * @param signIn where people without a token go
     * @throws IllegalArgumentException where the web build has left something else
     */
    public SupportPage(WebFiles files, Assets assets, Origins origins, Optional<URI> signIn) {
        this.page = template(files, "soporte.html", assets, Set.of("user", "name", "role", "lang", "signInUrl"));
        this.unauthenticated = template(files, "unauthenticated.html", assets, Set.of("lang", "signInUrl"));
        this.origins = origins;
        this.signIn = signIn;
    }

    private static Template template(WebFiles files, String name, Assets assets, Set<String> values) {
        byte[] html = files.file(name).orElseThrow(() -> new IllegalArgumentException("there is no page " + name));
        return new Template(new String(html, StandardCharsets.UTF_8), assets, values);
    }

    /** Adds its lines to the table. */
    public void addTo(Routes routes) {
        routes.get("/", Access.OPEN, call -> CompletableFuture.completedFuture(HttpReply.redirect(PATH)))
                .get(PATH, Access.AUTHENTICATED, this::show, this::refused);
    }

    private CompletionStage<HttpReply> show(HttpCall call) {
        Identity who = call.identity();
        String language = language(call);
        return CompletableFuture.completedFuture(html(
                200,
                page.fill(Map.of(
                        "user",
                        who.user(),
                        "name",
                        who.name(),
                        "role",
                        who.role().name().toLowerCase(Locale.ROOT),
                        "lang",
                        language,
                        "signInUrl",
                        signInUrl(call).orElse("")))));
    }

    private HttpReply refused(HttpCall call, Problem problem, String detail) {
        if (problem != Problem.UNAUTHENTICATED) {
            return HttpReply.problem(problem, detail);
        }
        return signInUrl(call)
                .map(HttpReply::redirect)
                .orElseGet(() -> html(401, unauthenticated.fill(Map.of("lang", language(call), "signInUrl", ""))));
    }

    private static HttpReply html(int status, byte[] bytes) {
        return HttpReply.html(status, bytes)
                .with("Content-Security-Policy", POLICY)
                .with("Referrer-Policy", "same-origin")
                .with("Cross-Origin-Opener-Policy", "same-origin")
                .with("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
                .with("Vary", "Accept-Language");
    }

    /** Where to sign in, and from there back here. */
    private Optional<String> signInUrl(HttpCall call) {
        return signIn.map(url -> call.header("Host")
                .flatMap(origins::ofHost)
                .map(origin -> url + (url.getRawQuery() == null ? "?" : "&") + "return="
                        + URLEncoder.encode(origin + PATH + chosenLanguage(call), StandardCharsets.UTF_8))
                .orElse(url.toString()));
    }

    private static String chosenLanguage(HttpCall call) {
        return call.query()
                .text("lang")
                .filter(LANGUAGES::contains)
                .map(language -> "?lang=" + language)
                .orElse("");
    }

    /** The one that was chosen, else the first one the browser wants that there is. */
    private static String language(HttpCall call) {
        return call.query()
                .text("lang")
                .filter(LANGUAGES::contains)
                .orElseGet(() -> wanted(call.header("Accept-Language").orElse("")));
    }

    static String wanted(String acceptLanguage) {
        try {
            return Locale.LanguageRange.parse(acceptLanguage.isBlank() ? "es" : acceptLanguage).stream()
                    .filter(range -> range.getWeight() > 0)
                    .map(range -> List.of(range.getRange().split("-", 2)).get(0))
                    .filter(LANGUAGES::contains)
                    .findFirst()
                    .orElse(LANGUAGE_DEFAULT);
        } catch (IllegalArgumentException e) {
            // No list of languages: whatever it is, there is a page to show.
            return LANGUAGE_DEFAULT;
        }
    }
}

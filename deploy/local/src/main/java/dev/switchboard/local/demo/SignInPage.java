package dev.switchboard.local.demo;

import dev.switchboard.local.demo.DemoTokens.SignedIn;
import java.net.URI;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The sign-in page's HTML, from templates among the resources. Immutable; any thread. */
final class SignInPage {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("d MMM, HH:mm", Locale.ENGLISH);

    private static final String FILL =
            "<form method=\"post\" action=\"/fill\"><button class=\"quiet\" name=\"fill\" value=\"yes\">Fill in conversations</button></form>";
    private static final String FILLED =
            "<p role=\"status\"><strong>Done:</strong> three conversations are there now.</p>";

    private final String template = SignInServer.resource("page.html");
    private final String userTemplate = SignInServer.resource("user.html");
    private final String signedInTemplate = SignInServer.resource("signed-in.html");
    private final int port;
    private final List<URI> gateways;

    SignInPage(int port, List<URI> gateways) {
        this.port = port;
        this.gateways = List.copyOf(gateways);
    }

    /**
     * @param back where signing in leads; the page itself if empty
     * @param filled whether conversations have just been filled in
     */
    String html(Optional<SignedIn> signedIn, Optional<URI> back, boolean filled) {
        return template.replace(
                        "{{status}}", signedIn.map(this::status).orElse("<p class=\"status\">Nobody is signed in.</p>"))
                .replace("{{customers}}", cards(false, signedIn))
                .replace("{{team}}", cards(true, signedIn))
                .replace("{{fill}}", filled ? FILLED : FILL)
                .replace("{{return}}", back.map(SignInPage::escape).orElse(""))
                .replace(
                        "{{user}}",
                        signedIn.map(SignedIn::user).orElse(DemoUser.ANA).user())
                .replace("{{port}}", Integer.toString(port))
                .replace("{{gateways}}", gateways());
    }

    private String status(SignedIn signedIn) {
        return fill(signedInTemplate, signedIn.user())
                .replace("{{chats}}", chats())
                .replace("{{until}}", TIME.format(signedIn.until().atZone(ZoneId.systemDefault())));
    }

    private String chats() {
        StringBuilder links = new StringBuilder();
        for (int i = 0; i < gateways.size(); i++) {
            links.append("<a class=\"open\" href=\"")
                    .append(gateways.get(i))
                    .append("/soporte\">Open the chat at gateway ")
                    .append(i + 1)
                    .append("</a>");
        }
        return links.toString();
    }

    /** An address that was checked before; it may hold an ampersand or an apostrophe all the same. */
    private static String escape(URI address) {
        return address.toString()
                .replace("&", "&amp;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;")
                .replace("<", "&lt;");
    }

    private String cards(boolean admins, Optional<SignedIn> signedIn) {
        StringBuilder cards = new StringBuilder();
        for (DemoUser user : DemoUser.values()) {
            if (user.isAdmin() == admins) {
                boolean current = signedIn.filter(now -> now.user() == user).isPresent();
                cards.append(fill(userTemplate, user).replace("{{pressed}}", Boolean.toString(current)));
            }
        }
        return cards.toString();
    }

    private String gateways() {
        StringBuilder rows = new StringBuilder();
        for (URI gateway : gateways) {
            rows.append("<li><code>ws://").append(gateway.getAuthority()).append("/ws</code></li>");
        }
        return rows.toString();
    }

    /** Everything filled in here is a constant of ours, so nothing needs escaping. */
    private static String fill(String template, DemoUser user) {
        return template.replace("{{user}}", user.user())
                .replace("{{name}}", user.displayName())
                .replace("{{initial}}", user.displayName().substring(0, 1))
                .replace("{{role}}", user.isAdmin() ? "Support" : "Customer");
    }
}

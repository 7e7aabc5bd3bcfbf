package dev.switchboard.local.demo;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.switchboard.local.demo.DemoTokens.SignedIn;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * The demo's stand-in for a platform's own sign-in: pick a user, get the cookie that the gateways read. Cookies don't know ports,
 * so one set here is sent to the gateways on the same host. It asks for no password, so it answers only on the loopback interface,
 * only under a loopback name, and takes forms only from its own pages. Two threads of its own.
 */
public final class SignInServer implements AutoCloseable {
    /**
     * The prefix makes browsers refuse the cookie without Secure, with a Domain or another Path, so no other host can plant it.
     * Secure works here because browsers trust the loopback interface without TLS (Safari alone does not).
     */
    public static final String COOKIE = "__Host-chat";

    private static final int FORM_BYTES_MAX = 4 * 1024;
    private static final int THREADS = 2;

    private final HttpServer server;
    private final ExecutorService threads;
    private final DemoTokens tokens;
    private final SignInPage page;
    private final ReturnAddress returns;
    private final DemoConversations conversations;
    private final String contentSecurityPolicy;
    private final EndedTokens ended;
    private final Set<String> hosts;

    private SignInServer(HttpServer server, ExecutorService threads, List<URI> gateways, DemoTokens tokens) {
        int port = server.getAddress().getPort();
        this.server = server;
        this.threads = threads;
        this.tokens = tokens;
        this.page = new SignInPage(port, gateways);
        this.hosts = Set.of("localhost:" + port, "127.0.0.1:" + port);
        this.returns = new ReturnAddress(gateways);
        this.conversations = new DemoConversations(gateways.get(0), tokens);
        this.ended = new EndedTokens(gateways.get(0));
        this.contentSecurityPolicy = "default-src 'none'; style-src 'self'; form-action 'self'" + returns.formTargets()
                + "; base-uri 'none'; frame-ancestors 'none'";
    }

    public static SignInServer start(int port, List<URI> gateways, DemoTokens tokens) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS, task -> {
            Thread thread = new Thread(task, "sign-in");
            thread.setDaemon(true);
            return thread;
        });
        SignInServer signIn = new SignInServer(server, threads, gateways, tokens);
        server.setExecutor(threads);
        server.createContext("/", signIn::handle);
        server.start();
        return signIn;
    }

    public int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            // A page elsewhere may point a name of its own at 127.0.0.1 to read a token: it can't change this header.
            if (!hosts.contains(String.valueOf(exchange.getRequestHeaders().getFirst("Host")))) {
                answer(exchange, 421, "text/plain", "This page answers to localhost only.\n");
                return;
            }
            String route =
                    exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
            switch (route) {
                case "GET /" -> page(exchange);
                case "GET /sign-in.css" -> answer(exchange, 200, "text/css", resource("sign-in.css"));
                case "GET /token" -> token(exchange);
                case "POST /sign-in" -> signIn(exchange);
                case "POST /sign-out" -> signOut(exchange);
                case "POST /fill" -> fill(exchange);
                default -> answer(exchange, 404, "text/plain", "Not here.\n");
            }
        }
    }

    private void page(HttpExchange exchange) throws IOException {
        Optional<URI> back = returns.accept(String.valueOf(query(exchange).get("return")));
        String host = String.valueOf(exchange.getRequestHeaders().getFirst("Host"));
        if (back.isPresent() && !host.startsWith(back.get().getHost() + ":")) {
            // A cookie set here would not be sent there: to browsers localhost and 127.0.0.1 are two hosts.
            redirect(
                    exchange,
                    "http://" + back.get().getHost() + ":" + port() + "/?return="
                            + URLEncoder.encode(back.get().toString(), StandardCharsets.UTF_8));
            return;
        }
        boolean filled = query(exchange).containsKey("filled");
        answer(exchange, 200, "text/html", page.html(signedIn(exchange), back, filled));
    }

    private void token(HttpExchange exchange) throws IOException {
        Optional<DemoUser> user = DemoUser.named(String.valueOf(query(exchange).get("user")));
        if (user.isEmpty()) {
            answer(exchange, 404, "text/plain", "Ask for one of " + List.of(DemoUser.values()) + ", in lower case.\n");
            return;
        }
        answer(exchange, 200, "text/plain", tokens.issue(user.get()));
    }

    private void signIn(HttpExchange exchange) throws IOException {
        Map<String, String> form = ownForm(exchange);
        Optional<DemoUser> user = DemoUser.named(String.valueOf(form.get("user")));
        if (user.isEmpty()) {
            answer(exchange, 400, "text/plain", "There is no such user here.\n");
            return;
        }
        // Always a new token: what the browser brought, perhaps planted by somebody else, ends here.
        end(exchange);
        setCookie(exchange, tokens.issue(user.get()), tokens.life().toSeconds());
        redirect(
                exchange,
                returns.accept(String.valueOf(form.get("return")))
                        .map(URI::toString)
                        .orElse("/"));
    }

    private void signOut(HttpExchange exchange) throws IOException {
        if (!ownForm(exchange).containsKey("sign-out")) {
            answer(exchange, 400, "text/plain", "This form is not ours.\n");
            return;
        }
        end(exchange);
        setCookie(exchange, "", 0);
        redirect(exchange, "/");
    }

    private void fill(HttpExchange exchange) throws IOException {
        if (!ownForm(exchange).containsKey("fill")) {
            answer(exchange, 400, "text/plain", "This form is not ours.\n");
            return;
        }
        try {
            conversations.fill();
            redirect(exchange, "/?filled");
        } catch (IOException e) {
            answer(exchange, 502, "text/plain", "The gateway did not take everything: " + e.getMessage() + "\n");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends the token that the browser brought, if it is one of ours. */
    private void end(HttpExchange exchange) {
        cookie(exchange).filter(token -> tokens.verify(token).isPresent()).ifPresent(ended::end);
    }

    private static void setCookie(HttpExchange exchange, String value, long seconds) {
        exchange.getResponseHeaders()
                .add(
                        "Set-Cookie",
                        COOKIE + "=" + value + "; Path=/; Max-Age=" + seconds + "; Secure; HttpOnly; SameSite=Lax");
    }

    private static void redirect(HttpExchange exchange, String location) throws IOException {
        exchange.getResponseHeaders().add("Location", location);
        exchange.getResponseHeaders().add("Cache-Control", "no-store");
        exchange.sendResponseHeaders(303, -1);
    }

    /**
     * The fields of a form that our own page sent; none of a form that another site sent, or that doesn't say who did. Otherwise
     * another site could sign somebody in as whom it likes.
     */
    private static Map<String, String> ownForm(HttpExchange exchange) throws IOException {
        Headers headers = exchange.getRequestHeaders();
        String site = headers.getFirst("Sec-Fetch-Site");
        if (!("http://" + headers.getFirst("Host")).equals(headers.getFirst("Origin"))
                || !(site == null || site.equals("same-origin"))) {
            return Map.of();
        }
        try (InputStream body = exchange.getRequestBody()) {
            return form(new String(body.readNBytes(FORM_BYTES_MAX), StandardCharsets.UTF_8));
        }
    }

    private static Map<String, String> query(HttpExchange exchange) {
        String query = exchange.getRequestURI().getRawQuery();
        return form(query == null ? "" : query);
    }

    private static Map<String, String> form(String encoded) {
        Map<String, String> fields = new HashMap<>();
        for (String field : encoded.split("&", -1)) {
            String[] parts = field.split("=", 2);
            if (!parts[0].isEmpty()) {
                try {
                    fields.put(parts[0], parts.length < 2 ? "" : URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
                } catch (IllegalArgumentException e) {
                    // A broken escape: a field we don't know.
                }
            }
        }
        return fields;
    }

    private Optional<SignedIn> signedIn(HttpExchange exchange) {
        return cookie(exchange).filter(token -> !ended.contains(token)).flatMap(tokens::verify);
    }

    private static Optional<String> cookie(HttpExchange exchange) {
        return cookie(exchange.getRequestHeaders().getFirst("Cookie"));
    }

    private static Optional<String> cookie(@Nullable String header) {
        if (header == null) {
            return Optional.empty();
        }
        for (String part : header.split(";", -1)) {
            String[] pair = part.strip().split("=", 2);
            if (pair.length == 2 && pair[0].equals(COOKIE)) {
                return Optional.of(pair[1]);
            }
        }
        return Optional.empty();
    }

    private void answer(HttpExchange exchange, int status, String type, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        Headers headers = exchange.getResponseHeaders();
        headers.add("Content-Type", type + "; charset=utf-8");
        headers.add("Content-Security-Policy", contentSecurityPolicy);
        headers.add("X-Content-Type-Options", "nosniff");
        // With no-referrer a browser would send our own forms with the origin "null".
        headers.add("Referrer-Policy", "same-origin");
        headers.add("Cache-Control", "no-store");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    static String resource(String name) {
        try (InputStream in =
                Objects.requireNonNull(SignInServer.class.getResourceAsStream("/sign-in/" + name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package dev.switchboard.gateway;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import dev.switchboard.gateway.TestSocket.Answer;
import dev.switchboard.gateway.api.page.WebFiles;
import dev.switchboard.gateway.auth.TokenMint;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The page of the support chat and the files it loads, as a browser gets them. */
@ExtendWith(LeakCheck.class)
class PageIT {
    private static final Pattern ATTRIBUTE = Pattern.compile("data-([a-z-]+)=\"([^\"]*)\"");
    private static final Pattern ASSET = Pattern.compile("/assets/[0-9a-f]+/[a-z.]+");

    private static @Nullable GatewayRig rig;
    private static Gateway gateway;
    private static Gateway signingIn;

    @BeforeAll
    static void start() throws IOException {
        assumeTrue(WebFiles.ofThisProgram().hasPages(), "built without the web part");
        GatewayRig started = new GatewayRig();
        rig = started;
        gateway = started.gateway();
        signingIn = started.gateway(Map.of("SIGN_IN_URL", "https://login.example.com/in?app=chat"));
    }

    @AfterAll
    static void stop() {
        if (rig != null) {
            rig.close();
        }
    }

    private static Answer get(Gateway from, String path, String... headers) throws IOException {
        List<String> lines = new ArrayList<>(List.of("GET " + path + " HTTP/1.1", "Host: app.example.com"));
        lines.addAll(Arrays.asList(headers));
        return TestSocket.ask(from.port(), lines);
    }

    private static String cookie(String user, String name, String role) {
        JsonObject claims = new JsonObject();
        claims.addProperty("user", user);
        claims.addProperty("name", name);
        claims.addProperty("rol", role);
        claims.addProperty("exp", Instant.now().getEpochSecond() + 3_600);
        return "Cookie: token=" + TokenMint.hs256(TokenMint.SECRET, claims.toString());
    }

    private static String attribute(String html, String name) {
        Matcher matcher = ATTRIBUTE.matcher(html.substring(html.indexOf("<body")));
        while (matcher.find()) {
            if (matcher.group(1).equals(name)) {
                return unescaped(matcher.group(2));
            }
        }
        throw new AssertionError("no data-" + name + " in " + html);
    }

    private static String unescaped(String text) {
        return text.replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&#39;", "'")
                .replace("&#96;", "`")
                .replace("&amp;", "&");
    }

    @Test
    @Tag("S0.5")
    @Tag("S0.6")
    void thePageKnowsWhoReadsItAndInWhichRole() throws IOException {
        Answer user = get(gateway, "/soporte", cookie("ana", "Ana María", "user"));
        assertEquals(200, user.status());
        assertEquals("text/html; charset=utf-8", user.header("Content-Type").orElse(""));
        assertEquals("ana", attribute(user.body(), "user"));
        assertEquals("Ana María", attribute(user.body(), "name"));
        assertEquals("user", attribute(user.body(), "role"));
        Answer admin = get(gateway, "/soporte", cookie("eva", "Eva", "admin"));
        assertEquals("admin", attribute(admin.body(), "role"));
        assertEquals(
                "user",
                attribute(get(gateway, "/soporte", cookie("x", "x", "Admin")).body(), "role"));
        Answer root = get(gateway, "/");
        assertEquals(302, root.status());
        assertEquals("/soporte", root.header("Location").orElse(""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"X-No: cookie", "Cookie: theme=dark", "Cookie: token=x.y.z", "Authorization: Bearer x"})
    @Tag("S0.5")
    void withoutATokenThereIsAPageThatSaysSo(String credentials) throws IOException {
        Answer answer = get(gateway, "/soporte", credentials);
        assertEquals(401, answer.status());
        assertEquals("text/html; charset=utf-8", answer.header("Content-Type").orElse(""));
        assertFalse(answer.body().contains("data-user"));
        assertTrue(answer.header("Location").isEmpty());
    }

    @ParameterizedTest
    @CsvSource({
        "/soporte, app.example.com, https://app.example.com/soporte",
        "/soporte?lang=en, app.example.com, https://app.example.com/soporte?lang=en",
        "/soporte?lang=%22%3E&x=//evil.example, app.example.com, https://app.example.com/soporte",
        "/soporte, APP.example.com, https://app.example.com/soporte"
    })
    @Tag("S0.5")
    void whoLacksATokenSignsInAndComesBack(String path, String host, String back) throws IOException {
        Answer answer = TestSocket.ask(signingIn.port(), List.of("GET " + path + " HTTP/1.1", "Host: " + host));
        assertEquals(302, answer.status());
        String location = answer.header("Location").orElse("");
        assertTrue(location.startsWith("https://login.example.com/in?app=chat&return="), location);
        assertEquals(
                back, URLDecoder.decode(location.substring(location.indexOf("return=") + 7), StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "app.example.com.evil.example",
                "app.example.com:8443",
                "evil@app.example.com",
                "app.example.com/x",
                "app.example.com, evil.example"
            })
    void aMadeUpHostLeadsNowhere(String host) throws IOException {
        Answer answer = TestSocket.ask(signingIn.port(), List.of("GET /soporte HTTP/1.1", "Host: " + host));
        assertEquals(302, answer.status());
        assertEquals(
                "https://login.example.com/in?app=chat",
                answer.header("Location").orElse(""));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/soporte|en-US,en;q=0.9|en",
                "/soporte|de-DE,de;q=0.9,en;q=0.5,es;q=0.4|en",
                "/soporte|es-MX|es",
                "/soporte|fr|es",
                "/soporte|%%%;;;q=x|es",
                "/soporte|en;q=0|es",
                "/soporte?lang=en|es|en",
                "/soporte?lang=xx|en|en"
            })
    void speaksTheLanguageThatIsWanted(String path, String accepted, String language) throws IOException {
        Answer answer = get(gateway, path, cookie("ana", "Ana", "user"), "Accept-Language: " + accepted);
        assertEquals(language, attribute(answer.body(), "lang"));
        assertTrue(answer.header("Vary").orElse("").contains("Accept-Language"));
    }

    @ParameterizedTest
    @MethodSource("dev.switchboard.gateway.XssStrings#all")
    void namesAreTextWhateverTheyHold(String attack) throws IOException {
        String user = attack.codePoints()
                .filter(c ->
                        c != ':' && c != '*' && !Character.isISOControl(c) && Character.getType(c) != Character.FORMAT)
                .limit(64)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString()
                .strip();
        Answer calm = get(gateway, "/soporte", cookie("ana", "Ana", "user"));
        Answer answer = get(gateway, "/soporte", cookie(user, attack, "user"));
        assertEquals(200, answer.status());
        assertEquals(user, attribute(answer.body(), "user"));
        // The same elements and attributes as with a name that means no harm.
        assertEquals(shape(calm.body()), shape(answer.body()), answer.body());
    }

    private static String shape(String html) {
        return html.replaceAll("(data-(?:user|name))=\"[^\"<>]*\"", "$1");
    }

    @Test
    @Tag("SEC27")
    @Tag("SEC44")
    void thePageMayLoadAndRunOnlyWhatIsOurs() throws IOException {
        for (Answer page : List.of(
                get(gateway, "/soporte", cookie("ana", "Ana", "user")), get(gateway, "/soporte", "X-No: cookie"))) {
            assertEquals(
                    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:;"
                            + " font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none';"
                            + " require-trusted-types-for 'script'; trusted-types 'none'",
                    page.header("Content-Security-Policy").orElse(""));
            assertFalse(Pattern.compile("<script(?![^>]* src=\"/assets/)|<style|\\son[a-z]+=|style=|https?://")
                    .matcher(page.body())
                    .find());
        }
    }

    @Test
    void filesAreKeptForEverAndComeCompressed() throws Exception {
        String html = get(gateway, "/soporte", cookie("ana", "Ana", "user")).body();
        List<String> assets =
                ASSET.matcher(html).results().map(found -> found.group()).toList();
        assertTrue(assets.size() >= 2, html);
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        for (String path : assets) {
            URI uri = URI.create("http://127.0.0.1:" + gateway.port() + path);
            HttpResponse<byte[]> plain =
                    client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofByteArray());
            HttpResponse<byte[]> small = client.send(
                    HttpRequest.newBuilder(uri)
                            .header("Accept-Encoding", "gzip, br")
                            .build(),
                    HttpResponse.BodyHandlers.ofByteArray());
            assertEquals(200, plain.statusCode());
            assertEquals("public, max-age=31536000, immutable", header(plain, "Cache-Control"));
            assertTrue(header(small, "Vary").contains("Accept-Encoding"));
            assertEquals("gzip", header(small, "Content-Encoding"));
            try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(small.body()))) {
                assertArrayEquals(plain.body(), in.readAllBytes());
            }
            Answer known = get(gateway, path, "If-None-Match: " + header(plain, "ETag"));
            assertEquals(304, known.status());
            assertEquals(
                    404,
                    get(gateway, path.replaceFirst("/[0-9a-f]+/", "/00000000/")).status());
            assertFalse(header(small, "Content-Encoding").equals(header(plain, "Content-Encoding")));
        }
        assertEquals("", header(refusingGzip(client, assets.get(0)), "Content-Encoding"));
    }

    private static HttpResponse<byte[]> refusingGzip(HttpClient client, String path)
            throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + gateway.port() + path);
        return client.send(
                HttpRequest.newBuilder(uri)
                        .header("Accept-Encoding", "gzip;q=0, br")
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
    }

    private static String header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }
}

package dev.switchboard.local.browser;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Playwright;
import dev.switchboard.local.LocalConfig;
import dev.switchboard.local.LocalStack;
import dev.switchboard.local.Program;
import dev.switchboard.local.Site;
import dev.switchboard.local.Steps;
import dev.switchboard.local.demo.DemoTokens;
import dev.switchboard.servers.DatabaseServer;
import dev.switchboard.settings.Secret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One stack and one Chromium for all browser tests of this JVM: both take seconds to start. Used by the one thread that runs the
 * tests. Every test brings people of its own, so none sees what another did.
 */
final class Theatre implements AutoCloseable {
    private static final List<String> CHROMIUM_OPTIONS = List.of(
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync");
    private static final List<String> SHORT_LIVED =
            List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED");
    private static final Duration ABANDONED_TOKEN_LIFE = Duration.ofSeconds(3);
    private static final String SECRET = UUID.randomUUID().toString() + UUID.randomUUID();

    private final Path dir;
    private final LocalStack stack;
    private final FrontDoor door;
    private final Playwright playwright;
    private final Browser browser;
    private final AtomicInteger people = new AtomicInteger();
    private @Nullable Visitor abandoned;

    private Theatre(Path dir, LocalStack stack, FrontDoor door, Playwright playwright, Browser browser) {
        this.dir = dir;
        this.stack = stack;
        this.door = door;
        this.playwright = playwright;
        this.browser = browser;
    }

    static Theatre open() {
        try {
            Path dir = Files.createTempDirectory("switchboard-browser");
            FrontDoor door = FrontDoor.open();
            LocalStack stack = Site.start(config(dir.resolve("stack"))
                    .with("SWITCHBOARD_ALLOWED_ORIGINS", door.url().toString()));
            door.leadTo(stack.gatewayUrls());
            Playwright playwright = Playwright.create(
                    new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
            Browser browser = playwright
                    .chromium()
                    .launch(new BrowserType.LaunchOptions()
                            .setExecutablePath(Chromium.find().orElseThrow())
                            .setHeadless(true)
                            .setArgs(CHROMIUM_OPTIONS));
            Theatre theatre = new Theatre(dir, stack, door, playwright, browser);
            theatre.abandoned = new Stage(theatre).user(ABANDONED_TOKEN_LIFE);
            return theatre;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Tests say more in a minute than people do, and wait for no drain. */
    private static LocalConfig config(Path dir) {
        LocalConfig config = LocalConfig.random(dir, 2, 1);
        return new LocalConfig(
                        config.data(),
                        config.count(),
                        config.ports(),
                        new LocalConfig.External(
                                Optional.empty(),
                                Optional.empty(),
                                Optional.of(new Secret(SECRET)),
                                Duration.ofHours(1)),
                        config.variables())
                .with("SWITCHBOARD_RATE_USER_PER_MINUTE", "60000")
                .with("SWITCHBOARD_RATE_USER_BURST", "1000")
                .with("SWITCHBOARD_RATE_ADMIN_PER_MINUTE", "60000")
                .with("SWITCHBOARD_RATE_ADMIN_BURST", "1000")
                .with("SWITCHBOARD_DRAIN", "0s");
    }

    LocalStack stack() {
        return stack;
    }

    /** One address for all gateways. */
    FrontDoor door() {
        return door;
    }

    /** One more gateway on the same servers, which nobody told where people sign in. */
    LocalStack startWithoutSignInPage() {
        LocalConfig config = LocalConfig.random(dir.resolve("without-sign-in"), 1, 0);
        String redis = stack.redis().orElseThrow().url();
        DatabaseServer database = stack.database().orElseThrow();
        config = new LocalConfig(
                        config.data(),
                        config.count(),
                        config.ports(),
                        new LocalConfig.External(
                                Optional.of(redis),
                                Optional.of(database.jdbcUrl()),
                                Optional.of(new Secret(SECRET)),
                                Duration.ofHours(1)),
                        config.variables())
                .with("SWITCHBOARD_REDIS_URL", redis)
                .with("SWITCHBOARD_MYSQL_URL", database.jdbcUrl())
                .with("SWITCHBOARD_MYSQL_USER", database.gateway().user())
                .with("SWITCHBOARD_MYSQL_PASSWORD", database.gateway().password())
                .with("SWITCHBOARD_MYSQL_TLS", "plaintext")
                .with("SWITCHBOARD_DRAIN", "0s");
        // A stack always names its page: the variable is taken away again.
        List<String> command = Stream.concat(
                        Stream.of("env", "-u", "SWITCHBOARD_SIGN_IN_URL"),
                        Program.gateway(SHORT_LIVED).command().stream())
                .toList();
        return LocalStack.start(config, Steps.silent(), new Program(command), Program.worker(SHORT_LIVED));
    }

    Browser browser() {
        return browser;
    }

    /** Whose session ended soon after the first test began: half a minute later their page knows. */
    Visitor abandoned() {
        return Objects.requireNonNull(abandoned);
    }

    /** A name that nobody had before. */
    String name(String kind) {
        return kind + people.incrementAndGet();
    }

    /** Tokens that last as long as a test wants. */
    DemoTokens tokens(Duration life) {
        return new DemoTokens(new Secret(SECRET), life, Clock.systemUTC());
    }

    @Override
    public void close() throws IOException {
        browser.close();
        playwright.close();
        door.close();
        stack.close();
        Site.delete(dir);
    }
}

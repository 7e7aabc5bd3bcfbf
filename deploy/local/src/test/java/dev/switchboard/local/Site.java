package dev.switchboard.local;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.proto.v1.Accepted;
import dev.switchboard.proto.v1.ServerFrame.FrameCase;
import dev.switchboard.servers.Await;
import dev.switchboard.wire.ConversationId;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The whole system as real processes, for the tests of one class: started before the first, stopped after the last. Its rates
 * are above what a test sends, and nothing waits for a drain. Used by the one thread that runs the tests.
 */
public final class Site implements BeforeAllCallback, AfterAllCallback {
    static final Duration PATIENCE = Duration.ofSeconds(20);

    /** These JVMs live for seconds: the second compiler would take more from the tests than it gives back. */
    private static final List<String> SHORT_LIVED = Stream.concat(
                    LocalStack.JAVA_OPTIONS.stream(), Stream.of("-XX:TieredStopAtLevel=1"))
            .toList();

    private static final Map<String, String> UNHURRIED = Map.of(
            "SWITCHBOARD_RATE_USER_PER_MINUTE", "600000",
            "SWITCHBOARD_RATE_USER_BURST", "10000",
            "SWITCHBOARD_RATE_ADMIN_PER_MINUTE", "600000",
            "SWITCHBOARD_RATE_ADMIN_BURST", "10000",
            "SWITCHBOARD_HTTP_RATE_USER_PER_MINUTE", "600000",
            "SWITCHBOARD_HTTP_RATE_USER_BURST", "10000",
            "SWITCHBOARD_CONNECTIONS_PER_ADDRESS_MAX", "1000",
            "SWITCHBOARD_DRAIN", "0s");

    private final int gateways;
    private final int workers;
    private final Map<String, String> settings;
    private @Nullable Path dir;
    private @Nullable LocalStack stack;

    Site(int gateways, int workers) {
        this(gateways, workers, Map.of());
    }

    /** With these variables of the programs on top. */
    Site(int gateways, int workers, Map<String, String> settings) {
        this.gateways = gateways;
        this.workers = workers;
        this.settings = Map.copyOf(settings);
    }

    /** A stack for tests; ready on return. */
    public static LocalStack start(LocalConfig config) {
        return LocalStack.start(config, Steps.silent(), Program.gateway(SHORT_LIVED), Program.worker(SHORT_LIVED));
    }

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        dir = Files.createTempDirectory("switchboard-site");
        LocalConfig config = LocalConfig.random(dir.resolve("stack"), gateways, workers);
        for (Map.Entry<String, String> setting : UNHURRIED.entrySet()) {
            config = config.with(setting.getKey(), setting.getValue());
        }
        for (Map.Entry<String, String> setting : settings.entrySet()) {
            config = config.with(setting.getKey(), setting.getValue());
        }
        stack = start(config);
    }

    @Override
    public void afterAll(ExtensionContext context) throws IOException {
        if (stack != null) {
            stack.close();
        }
        if (dir != null) {
            delete(dir);
        }
    }

    /** With all that is in it. */
    public static void delete(Path dir) throws IOException {
        try (Stream<Path> files = Files.walk(dir)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    LocalStack stack() {
        return Objects.requireNonNull(stack, "not before the tests begin");
    }

    URI gateway(int index) {
        return stack().gatewayUrls().get(index);
    }

    String token(String user, boolean admin) {
        return stack().tokens().issue(user, user, admin);
    }

    /** The HTTP API of the first gateway. */
    HttpApi as(String user, boolean admin) {
        return new HttpApi(gateway(0), token(user, admin));
    }

    /** A chat through the last gateway. */
    ChatClient chat(String user, boolean admin) {
        return ChatClient.open(gateway(gateways - 1), token(user, admin));
    }

    /** Says one after the other; the answer to the last. */
    static Accepted say(ChatClient client, String... texts) {
        Accepted last = Accepted.getDefaultInstance();
        for (String text : texts) {
            client.say(text);
            last = client.await(FrameCase.ACCEPTED).getAccepted();
        }
        return last;
    }

    /** Where the messages of this one's conversation are read. */
    static String messagesOf(Accepted accepted) {
        return "/api/v1/conversations/"
                + ConversationId.parse(accepted.getConversation().toByteArray()).orElseThrow() + "/messages";
    }

    static void awaitStored(HttpApi api, String messages, int seq) {
        assertTrue(Await.until(
                PATIENCE,
                () -> api.object(messages + "?limit=1")
                                .getAsJsonObject("stored")
                                .get("seq")
                                .getAsInt()
                        >= seq));
    }
}

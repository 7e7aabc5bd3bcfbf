package dev.switchboard.gateway;

import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The gateway that all tests of one class speak with, on a rig of its own: ready before the first, closed after the last. A
 * static field of the class, for JUnit's thread. A watched one has a {@link Bystander} too, and fails each test it noticed.
 */
final class OneGateway implements BeforeAllCallback, AfterEachCallback, AfterAllCallback {
    private final Map<String, String> variables;
    private final boolean watched;
    private @Nullable GatewayRig rig;
    private @Nullable Gateway gateway;
    private @Nullable Bystander bystander;

    private OneGateway(Map<String, String> variables, boolean watched) {
        this.variables = variables;
        this.watched = watched;
    }

    /** With these variables on top of what a test needs, as {@link GatewayRig#gateway(Map)} takes them. */
    static OneGateway with(Map<String, String> variables) {
        return new OneGateway(variables, false);
    }

    static OneGateway watchedWith(Map<String, String> variables) {
        return new OneGateway(variables, true);
    }

    static OneGateway plain() {
        return with(Map.of());
    }

    static OneGateway watched() {
        return watchedWith(Map.of());
    }

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        GatewayRig started = new GatewayRig();
        rig = started;
        Gateway ready = started.gateway(variables);
        gateway = ready;
        if (watched) {
            bystander = new Bystander(ready);
        }
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException {
        if (bystander != null) {
            bystander.noticedNothing();
        }
    }

    /** Not left to the context's store: that closes behind {@link LeakCheck}, which must see what the end leaves. */
    @Override
    public void afterAll(ExtensionContext context) throws IOException {
        try {
            if (bystander != null) {
                bystander.close();
            }
        } finally {
            if (rig != null) {
                rig.close();
            }
        }
    }

    Gateway gateway() {
        return Objects.requireNonNull(gateway);
    }

    GatewayRig rig() {
        return Objects.requireNonNull(rig);
    }

    int port() {
        return gateway().port();
    }
}

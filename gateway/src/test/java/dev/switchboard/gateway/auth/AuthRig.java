package dev.switchboard.gateway.auth;

import dev.switchboard.gateway.auth.Verification.Reason;
import dev.switchboard.settings.Environment;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A verifier with a clock that stands still until it is moved. */
final class AuthRig implements AutoCloseable {
    static final Instant NOW = Instant.parse("2030-01-01T12:00:00Z");

    final Steps clock = new Steps();
    final AuthConfig config;
    final VerificationKeys keys;
    final Revocations revocations;
    final TokenVerifier verifier;

    private AuthRig(Map<String, String> variables) {
        config = config(variables);
        try {
            keys = VerificationKeys.start(config, clock);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        revocations = TokenMint.nothingRevoked();
        verifier = new TokenVerifier(config, keys, clock, revocations);
    }

    /** With {@link TokenMint#SECRET} and these variables, named without their prefix. */
    static AuthRig withSecret(String... namesAndValues) {
        Map<String, String> variables = variables(namesAndValues);
        variables.put("SWITCHBOARD_JWT_SECRET", TokenMint.SECRET);
        return new AuthRig(variables);
    }

    static AuthRig with(String... namesAndValues) {
        return new AuthRig(variables(namesAndValues));
    }

    static Map<String, String> variables(String... namesAndValues) {
        Map<String, String> variables = new HashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            variables.put("SWITCHBOARD_" + namesAndValues[i], namesAndValues[i + 1]);
        }
        return variables;
    }

    static List<String> problems(String... namesAndValues) {
        Environment environment = new Environment(variables(namesAndValues));
        AuthConfig.from(environment);
        return environment.problems();
    }

    /** The reason, or ACCEPTED. */
    String outcome(String token) {
        return verifier.verify(token) instanceof Verification.Rejected rejected
                ? rejected.reason().name()
                : "ACCEPTED";
    }

    Identity accepted(String token) {
        Verification verification = verifier.verify(token);
        if (verification instanceof Verification.Accepted accepted) {
            return accepted.identity();
        }
        throw new AssertionError("rejected: " + ((Verification.Rejected) verification).reason());
    }

    Reason rejected(String token) {
        if (verifier.verify(token) instanceof Verification.Rejected rejected) {
            return rejected.reason();
        }
        throw new AssertionError("accepted");
    }

    @Override
    public void close() {
        keys.close();
    }

    private static AuthConfig config(Map<String, String> variables) {
        Environment environment = new Environment(variables);
        AuthConfig config = AuthConfig.from(environment);
        if (!environment.problems().isEmpty()) {
            throw new IllegalArgumentException(environment.problems().toString());
        }
        return config;
    }

    /** A clock moved by hand. */
    static final class Steps extends Clock {
        private volatile Instant now = NOW;

        void step(Duration step) {
            now = now.plus(step);
        }

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}

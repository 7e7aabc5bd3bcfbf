package dev.switchboard.gateway;

import dev.switchboard.gateway.auth.AuthConfig;
import dev.switchboard.gateway.auth.Identity;
import dev.switchboard.gateway.auth.Revocation;
import dev.switchboard.gateway.auth.Revocations;
import dev.switchboard.settings.Environment;
import dev.switchboard.settings.Secret;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.Script;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes access back without a gateway, for an operator at a terminal: {@code revoke user ana}, {@code revoke jti …}. Needs to
 * know where Redis is, and nothing else. For the main thread.
 */
final class RevokeCommand {
    static final String USAGE = "revoke user <name>, revoke jti <id>";
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private RevokeCommand() {}

    static int run(List<String> arguments, Environment environment, PrintStream out, PrintStream err) {
        Revocation revocation = revocation(arguments);
        if (revocation == null) {
            err.println("Say who or what: " + USAGE);
            return GatewayMain.MISCONFIGURED;
        }
        Secret url = GatewayConfig.redisUrl(environment);
        Revocations.Rules rules = AuthConfig.revocations(environment);
        if (!environment.problems().isEmpty()) {
            environment.problems().forEach(err::println);
            return GatewayMain.MISCONFIGURED;
        }
        RedisURI uri = RedisURI.create(url.reveal());
        uri.setTimeout(TIMEOUT);
        RedisClient client = RedisClient.create(uri);
        try (StatefulRedisConnection<String, String> connection = client.connect()) {
            String record = connection
                    .sync()
                    .eval(
                            Script.REVOKE.source(),
                            ScriptOutputType.VALUE,
                            new String[] {Keys.REVOCATION, Keys.REVOKED, Keys.REVOKED_UNTIL},
                            revocation.kind(),
                            revocation.subject(),
                            Long.toString(rules.life().toMillis()),
                            Integer.toString(rules.recordsMax()),
                            Keys.ACCESS_ROOM);
            if (record == null) {
                err.println("Not revoked: there are SWITCHBOARD_REVOCATIONS_MAX records already.");
                return GatewayMain.FAILED;
            }
            out.println("Revoked.");
            return 0;
        } catch (RedisException e) {
            err.println("Not revoked: Redis does not answer as it should. "
                    + e.getClass().getSimpleName());
            return GatewayMain.FAILED;
        } finally {
            client.shutdown(Duration.ZERO, TIMEOUT);
        }
    }

    private static @Nullable Revocation revocation(List<String> arguments) {
        if (arguments.size() != 2 || arguments.get(1).isEmpty()) {
            return null;
        }
        String subject = arguments.get(1);
        return switch (arguments.get(0)) {
            case "user" -> Identity.isUser(subject) ? Revocation.ofUser(subject) : null;
            case "jti" -> Revocation.ofId(subject);
            default -> null;
        };
    }
}

package dev.switchboard.gateway.auth;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Where the keys come from; all of these at once, where several are set. Immutable.
 *
 * @param refresh how often the file and the URL are read again
 */
record KeySettings(List<SharedSecret> secrets, Optional<Path> file, Optional<URI> jwksUrl, Duration refresh) {
    KeySettings {
        secrets = List.copyOf(secrets);
    }
}

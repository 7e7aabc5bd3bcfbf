package dev.switchboard.worker.log;

import dev.switchboard.settings.Secret;

/**
 * Where Redis is.
 *
 * @param url may hold a password, so it is a secret as a whole
 * @param allowWeak runs although Redis could lose what it accepted
 */
public record RedisConfig(Secret url, boolean allowWeak) {}

package dev.switchboard.worker.store;

import dev.switchboard.settings.Secret;

/** One user of the database. */
public record Credentials(String user, Secret password) {}

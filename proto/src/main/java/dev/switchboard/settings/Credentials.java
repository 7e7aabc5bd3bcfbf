package dev.switchboard.settings;

/** One user of the database. */
public record Credentials(String user, Secret password) {}

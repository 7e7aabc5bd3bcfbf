package dev.switchboard.gateway.history;

/** Where history comes from. Names are words on the wire. */
public enum Source {
    MYSQL,
    REDIS
}

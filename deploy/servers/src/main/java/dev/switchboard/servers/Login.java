package dev.switchboard.servers;

/** Who signs in to the database. The password never shows in a log. */
public record Login(String user, String password) {
    @Override
    public String toString() {
        return "Login[" + user + "]";
    }
}

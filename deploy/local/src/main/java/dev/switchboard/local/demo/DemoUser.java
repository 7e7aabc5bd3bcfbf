package dev.switchboard.local.demo;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Who can sign in to the demo: three customers and two of the support team. */
public enum DemoUser {
    ANA("Ana Torres", false),
    LUIS("Luis Vega", false),
    MARTA("Marta Ruiz", false),
    ADMIN("Admin", true),
    SOFIA("Sofía Paz", true);

    private final String displayName;
    private final boolean admin;

    DemoUser(String displayName, boolean admin) {
        this.displayName = displayName;
        this.admin = admin;
    }

    static Optional<DemoUser> named(String user) {
        return Arrays.stream(values()).filter(one -> one.user().equals(user)).findFirst();
    }

    /** The name in tokens and conversations. */
    public String user() {
        return name().toLowerCase(Locale.ROOT);
    }

    public String displayName() {
        return displayName;
    }

    public boolean isAdmin() {
        return admin;
    }
}

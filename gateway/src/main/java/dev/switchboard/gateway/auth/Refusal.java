package dev.switchboard.gateway.auth;

import java.util.Locale;

/** What an unauthenticated peer is told, and nothing more. The first three texts are a contract with existing clients. */
public enum Refusal {
    NOT_AUTHENTICATED(401, "No autenticado"),
    NO_TOKEN(401, "Token no proporcionado"),
    TOKEN_INVALID(401, "Token inválido"),
    ORIGIN(403, "Origen no permitido"),
    AMBIGUOUS(400, "Credenciales duplicadas"),
    /** Nothing is wrong with the token, but whether it was revoked can't be told now. */
    UNCONFIRMED(503, "Try again later");

    private final int status;
    private final String text;

    Refusal(int status, String text) {
        this.status = status;
        this.text = text;
    }

    /** All a peer hears of why its token was rejected. */
    static Refusal of(Verification.Reason reason) {
        return reason == Verification.Reason.UNCONFIRMED ? UNCONFIRMED : TOKEN_INVALID;
    }

    /** The HTTP status. */
    public int status() {
        return status;
    }

    /** For metrics. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public String text() {
        return text;
    }
}

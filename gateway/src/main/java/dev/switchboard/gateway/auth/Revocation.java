package dev.switchboard.gateway.auth;

import java.util.Optional;

/**
 * What is not good any more, though its time has not come: one token, the tokens of one id, or all tokens of a user that were
 * issued until some moment. Immutable. Everything in it may stand in Redis and in logs.
 */
public sealed interface Revocation {
    /** One token, by {@link Proof#print}. */
    record OfToken(String print) implements Revocation {}

    /** Tokens of one {@code jti}, by {@link Proof#idPrint}. */
    record OfId(String print) implements Revocation {}

    /**
     * Tokens of a user; one that does not say when it was issued is among them.
     *
     * @param issuedUntilMillis 0 in an order that has not been given yet: until then
     */
    record OfUser(String user, long issuedUntilMillis) implements Revocation {}

    static Revocation ofId(String id) {
        return new OfId(Proof.fingerprint(id));
    }

    /** The token that this identity comes from. */
    static Revocation of(Identity identity) {
        return new OfToken(identity.proof().print());
    }

    /** All tokens of this user up to the moment at which it is recorded. */
    static Revocation ofUser(String user) {
        return new OfUser(user, 0);
    }

    /** One letter, as Redis has it. */
    default String kind() {
        return this instanceof OfToken ? "t" : this instanceof OfId ? "j" : "u";
    }

    /** Fingerprint or user, as Redis has it. */
    default String subject() {
        if (this instanceof OfToken token) {
            return token.print();
        }
        return this instanceof OfId id ? id.print() : ((OfUser) this).user();
    }

    /** Reads a record as Redis has it; empty for one of a newer version. */
    static Optional<Revocation> parse(String record) {
        String[] parts = record.split(" ", 2);
        if (parts.length < 2) {
            return Optional.empty();
        }
        return switch (parts[0]) {
            case "t" -> Optional.of(new OfToken(parts[1]));
            case "j" -> Optional.of(new OfId(parts[1]));
            case "u" -> parseUser(parts[1]);
            default -> Optional.empty();
        };
    }

    private static Optional<Revocation> parseUser(String timeAndUser) {
        String[] parts = timeAndUser.split(" ", 2);
        try {
            return parts.length < 2 ? Optional.empty() : Optional.of(new OfUser(parts[1], Long.parseLong(parts[0])));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}

package dev.switchboard.gateway.auth;

import dev.switchboard.proto.v1.Role;
import java.time.Instant;
import java.util.Objects;

/**
 * Who a connection is. Immutable. Invariant: it comes from a verified token, because only this package can make one, and its
 * user is fit to be part of a room's name.
 */
public final class Identity {
    /** Code points of a user; the width of the columns that hold one. */
    static final int USER_CODE_POINTS_MAX = 64;

    /** Code points of a display name; the rest is cut off. */
    static final int NAME_CODE_POINTS_MAX = 100;

    /** The room of all administrators; a user of this name could be taken for it. */
    private static final String RESERVED = "admins";

    private final String user;
    private final String name;
    private final Role role;
    private final Instant expiresAt;
    private final Proof proof;

    Identity(String user, String name, Role role, Instant expiresAt) {
        this(user, name, role, expiresAt, Proof.NONE);
    }

    private Identity(String user, String name, Role role, Instant expiresAt, Proof proof) {
        if (!isUser(user)) {
            throw new IllegalArgumentException("not a user");
        }
        this.user = user;
        this.name = name;
        this.role = role;
        this.expiresAt = expiresAt;
        this.proof = proof;
    }

    /** The same, verified with this token. */
    Identity from(Proof token) {
        return new Identity(user, name, role, expiresAt, token);
    }

    /** The same person and rights with a newer token, which another gateway has verified. */
    public Identity renewed(Instant newExpiresAt, Proof newToken) {
        return new Identity(user, name, role, newExpiresAt, newToken);
    }

    /**
     * Whether a text may name a user. It becomes part of keys and rooms, so it holds nothing that separates or matches them,
     * nothing invisible that makes two users look like one, and no blank at the ends, which a database compares away.
     */
    public static boolean isUser(String text) {
        if (text.isEmpty()
                || text.codePointCount(0, text.length()) > USER_CODE_POINTS_MAX
                || text.equals(RESERVED)
                || isBlank(text.codePointAt(0))
                || isBlank(text.codePointBefore(text.length()))) {
            return false;
        }
        return text.codePoints().allMatch(Identity::mayStandInUser);
    }

    public String user() {
        return user;
    }

    /** The display name; the user where the token has none. */
    public String name() {
        return name;
    }

    public Role role() {
        return role;
    }

    public boolean isAdmin() {
        return role == Role.ADMIN;
    }

    /** As the token says; {@link TokenVerifier#LEEWAY} comes on top. */
    public Instant expiresAt() {
        return expiresAt;
    }

    /** Of the token it comes from; part of no comparison. */
    public Proof proof() {
        return proof;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Identity that
                && user.equals(that.user)
                && name.equals(that.name)
                && role == that.role
                && expiresAt.equals(that.expiresAt);
    }

    @Override
    public int hashCode() {
        return Objects.hash(user, name, role, expiresAt);
    }

    @Override
    public String toString() {
        return "user=" + user + " role=" + role;
    }

    private static boolean mayStandInUser(int codePoint) {
        if (codePoint == ':' || codePoint == '*') {
            return false;
        }
        return switch (Character.getType(codePoint)) {
            // A lone surrogate has no UTF-8: two such users would become one.
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE -> false;
            default -> true;
        };
    }

    private static boolean isBlank(int codePoint) {
        return Character.isWhitespace(codePoint) || Character.isSpaceChar(codePoint);
    }
}

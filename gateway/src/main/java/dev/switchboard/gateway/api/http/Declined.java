package dev.switchboard.gateway.api.http;

/** What an endpoint throws, or fails with, when it will not do what was asked. Carries no stack: it is an answer. */
public final class Declined extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Problem problem;

    /** @param detail for the caller to read; nothing of our inside */
    public Declined(Problem problem, String detail) {
        super(detail, null, false, false);
        this.problem = problem;
    }

    public static Declined badRequest(String detail) {
        return new Declined(Problem.BAD_REQUEST, detail);
    }

    /** The same for what is not there and what the caller may not know of. */
    public static Declined notFound() {
        return new Declined(Problem.NOT_FOUND, "");
    }

    public static Declined unavailable(String detail) {
        return new Declined(Problem.UNAVAILABLE, detail);
    }

    public Problem problem() {
        return problem;
    }

    public String detail() {
        String detail = getMessage();
        return detail == null ? "" : detail;
    }
}

package dev.switchboard.gateway.api.http;

/** How a route words what it refuses. Any thread. Most use {@link #PROBLEM_JSON}; an old contract may want its own. */
@FunctionalInterface
public interface RefusalTexts {
    RefusalTexts PROBLEM_JSON = (call, problem, detail) -> HttpReply.problem(problem, detail);

    /**
     * The answer to a request that is refused before, or failed within, its endpoint.
     *
     * @param call without a body; without an identity where that is what it lacks
     * @param detail for the caller to read, in English; nothing of our inside
     */
    HttpReply refused(HttpCall call, Problem problem, String detail);
}

package dev.switchboard.gateway.api.http;

import java.util.concurrent.CompletionStage;

/** Answers the requests of one route. */
@FunctionalInterface
public interface Endpoint {
    /**
     * Called on the event loop of the connection, so it must not block; may complete on any thread. Where it can't do what was
     * asked it throws, or fails with, {@link Declined}; any other failure is logged and becomes a 500.
     */
    CompletionStage<HttpReply> answer(HttpCall call);
}

package dev.switchboard.worker.ops;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Whether the worker does its work, and if not, why. Written by the worker's thread, read by any. */
public final class Health {
    private volatile String notReady = "starting";
    private volatile List<String> remarks = List.of();
    private volatile String refusal = "";
    private final CompletableFuture<Void> firstReady = new CompletableFuture<>();

    public void ready() {
        if (!notReady.isEmpty()) {
            notReady = "";
            firstReady.complete(null);
        }
    }

    public void notReady(String reason) {
        notReady = reason;
    }

    /** It will never be ready: the reason is for a person. */
    public void refuse(String reason) {
        refusal = reason;
        firstReady.completeExceptionally(new StartRefusedException(reason));
    }

    /** What {@code /readyz} says beside being green. */
    public void remarks(List<String> now) {
        remarks = List.copyOf(now);
    }

    /** Completes when the worker is ready for the first time, fails if it refuses to start. */
    public CompletableFuture<Void> firstReady() {
        return firstReady.copy();
    }

    /** Why it refused, if it did. */
    public Optional<String> refusal() {
        return refusal.isEmpty() ? Optional.empty() : Optional.of(refusal);
    }

    public List<String> reasons() {
        String reason = refusal.isEmpty() ? notReady : refusal;
        return reason.isEmpty() ? List.of() : List.of(reason);
    }

    public List<String> remarks() {
        return remarks;
    }
}

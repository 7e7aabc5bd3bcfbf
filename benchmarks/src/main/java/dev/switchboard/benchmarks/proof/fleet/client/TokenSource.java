package dev.switchboard.benchmarks.proof.fleet.client;

/** Issues what a gateway accepts. Any thread. */
@FunctionalInterface
public interface TokenSource {
    String issue(String user, boolean admin);
}

package dev.switchboard.benchmarks.proof.fleet.client;

import dev.switchboard.benchmarks.proof.fleet.content.HistoryReader;
import dev.switchboard.benchmarks.proof.fleet.content.Letters;
import dev.switchboard.benchmarks.proof.ledger.Ledger;
import io.netty.channel.EventLoop;
import java.net.URI;
import java.util.List;

/**
 * What all clients of a fleet share. Immutable; what it holds is used on the event loop.
 *
 * @param staffTalks whether anything is said that only staff may see
 */
public record Scene(
        EventLoop loop,
        List<URI> gateways,
        TokenSource tokens,
        HistoryReader history,
        Ledger ledger,
        Letters letters,
        Heads heads,
        boolean staffTalks) {
    public URI gateway(int index) {
        return gateways.get(Math.floorMod(index, gateways.size()));
    }
}

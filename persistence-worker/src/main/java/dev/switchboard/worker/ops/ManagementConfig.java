package dev.switchboard.worker.ops;

import java.net.InetSocketAddress;

/**
 * Where the private port is.
 *
 * @param port 0 for any
 */
public record ManagementConfig(String host, int port) {
    public InetSocketAddress address() {
        return new InetSocketAddress(host, port);
    }
}

package dev.switchboard.gateway.net;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Whose address a connection is counted under. {@code X-Forwarded-For} counts only as far as it was written by proxies that are
 * trusted by configuration; anybody can send that header. Immutable.
 */
public final class ClientAddress {
    private static final Pattern LITERAL = Pattern.compile("[0-9a-fA-F:.]+");

    private static final int NETWORK_BYTES = 8;

    private final boolean known;
    private final List<Network> trusted;

    private ClientAddress(boolean known, List<Network> trusted) {
        this.known = known;
        this.trusted = List.copyOf(trusted);
    }

    /** Nothing is known of proxies: every peer could be one, so no address is counted. */
    public static ClientAddress unknown() {
        return new ClientAddress(false, List.of());
    }

    /** Clients connect directly. */
    public static ClientAddress direct() {
        return new ClientAddress(true, List.of());
    }

    /** Clients come through proxies in these networks; throws with the one that is none, such as 10.0.0.0/8. */
    public static ClientAddress behind(List<String> networks) {
        return new ClientAddress(true, networks.stream().map(Network::parse).toList());
    }

    /** Whether addresses are counted at all. */
    public boolean isKnown() {
        return known;
    }

    /** The address to count; empty if it can't be known. */
    String of(InetSocketAddress peer, List<String> forwardedFor) {
        if (!known || peer.getAddress() == null) {
            return "";
        }
        InetAddress address = peer.getAddress();
        List<String> hops = new ArrayList<>();
        forwardedFor.forEach(header -> hops.addAll(List.of(header.split(",", -1))));
        // From the nearest hop outwards, as long as a trusted proxy vouches for the next.
        for (int i = hops.size() - 1; i >= 0 && isTrusted(address); i--) {
            String hop = hops.get(i).strip();
            if (!LITERAL.matcher(hop).matches()) {
                break;
            }
            try {
                address = InetAddress.getByName(hop);
            } catch (UnknownHostException e) {
                break;
            }
        }
        return counted(address);
    }

    /**
     * The address to count a connection under that may carry requests of many clients; empty for a trusted proxy's, which
     * does.
     */
    String ofConnection(InetSocketAddress peer) {
        boolean one = known && peer.getAddress() != null && !isTrusted(peer.getAddress());
        return one ? counted(peer.getAddress()) : "";
    }

    /** A client of IPv6 has a whole /64 to itself; any address of it is the same client. */
    private static String counted(InetAddress address) {
        if (!(address instanceof Inet6Address)) {
            return address.getHostAddress();
        }
        byte[] network = Arrays.copyOf(Arrays.copyOf(address.getAddress(), NETWORK_BYTES), address.getAddress().length);
        try {
            return InetAddress.getByAddress(network).getHostAddress() + "/64";
        } catch (UnknownHostException e) {
            throw new AssertionError("16 bytes are an address", e);
        }
    }

    private boolean isTrusted(InetAddress address) {
        return trusted.stream().anyMatch(network -> network.contains(address));
    }

    private record Network(InetAddress address, int bits) {
        static Network parse(String text) {
            String[] parts = text.split("/", 2);
            try {
                if (LITERAL.matcher(parts[0]).matches()) {
                    InetAddress address = InetAddress.getByName(parts[0]);
                    int width = address.getAddress().length * 8;
                    int bits = parts.length == 1 ? width : Integer.parseInt(parts[1]);
                    if (bits >= 0 && bits <= width) {
                        return new Network(address, bits);
                    }
                }
            } catch (UnknownHostException | NumberFormatException e) {
                // Told below, with the other ways to be wrong.
            }
            throw new IllegalArgumentException("\"" + text + "\" is no network such as 10.0.0.0/8");
        }

        boolean contains(InetAddress other) {
            byte[] mine = address.getAddress();
            byte[] theirs = other.getAddress();
            if (mine.length != theirs.length) {
                return false;
            }
            for (int bit = 0; bit < bits; bit++) {
                int mask = 0x80 >> (bit & 7);
                if ((mine[bit >> 3] & mask) != (theirs[bit >> 3] & mask)) {
                    return false;
                }
            }
            return true;
        }
    }
}

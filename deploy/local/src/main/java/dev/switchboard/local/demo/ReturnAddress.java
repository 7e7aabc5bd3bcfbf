package dev.switchboard.local.demo;

import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Where somebody goes back to after signing in: an address at one of the stack's own gateways, and nowhere else. A link to the
 * sign-in page could otherwise send people anywhere. Immutable; any thread.
 */
final class ReturnAddress {
    private static final int LENGTH_MAX = 2_000;

    private final Set<String> authorities = new HashSet<>();

    ReturnAddress(List<URI> gateways) {
        for (URI gateway : gateways) {
            authorities.add("localhost:" + gateway.getPort());
            authorities.add("127.0.0.1:" + gateway.getPort());
        }
    }

    /** The address in its plain form; empty if it leads to anything but a gateway. */
    Optional<URI> accept(String address) {
        if (address.length() > LENGTH_MAX) {
            return Optional.empty();
        }
        try {
            URI uri = URI.create(address);
            boolean ours = "http".equals(uri.getScheme())
                    && uri.getRawUserInfo() == null
                    && uri.getRawAuthority() != null
                    && authorities.contains(uri.getRawAuthority());
            // toASCIIString: nothing but what may stand in a header.
            return ours ? Optional.of(URI.create(uri.toASCIIString())) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Where forms of the sign-in page may lead, for its Content-Security-Policy. */
    String formTargets() {
        StringBuilder targets = new StringBuilder();
        authorities.stream()
                .sorted()
                .forEach(authority -> targets.append(" http://").append(authority));
        return targets.toString();
    }
}

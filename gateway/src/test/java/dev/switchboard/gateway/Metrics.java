package dev.switchboard.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** What the private port of a gateway tells Prometheus. */
public final class Metrics {
    private Metrics() {}

    /** The page. */
    public static String page(Gateway gateway) {
        try {
            HttpURLConnection request =
                    (HttpURLConnection) URI.create("http://127.0.0.1:" + gateway.managementPort() + "/metrics")
                            .toURL()
                            .openConnection();
            // On a connection that is kept, each answer waits 40 ms for the acknowledgement of its own head.
            request.setRequestProperty("Connection", "close");
            try (InputStream body = request.getInputStream()) {
                return new String(body.readAllBytes(), StandardCharsets.UTF_8);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sum of the series whose line begins with this, such as {@code handshakes_total{result="ok"}}; 0 if there is none. */
    public static double value(Gateway gateway, String series) {
        String wanted = "switchboard_gateway_" + series;
        return page(gateway)
                .lines()
                .filter(line -> line.startsWith(wanted + " ") || line.startsWith(wanted + "{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    public static double handshakes(Gateway gateway, String result) {
        return value(gateway, "handshakes_total{result=\"" + result + "\"}");
    }

    public static double closed(Gateway gateway, String reason) {
        return value(gateway, "connections_closed_total{reason=\"" + reason + "\"}");
    }

    public static double refused(Gateway gateway, String code) {
        return value(gateway, "errors_total{code=\"" + code + "\"}");
    }
}

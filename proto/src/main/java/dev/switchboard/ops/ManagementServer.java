package dev.switchboard.ops;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * The private port: {@code /metrics} for Prometheus, {@code /livez}, {@code /readyz} with the reasons when it is red. Never
 * exposed to users, so it may name parts. One thread of its own; the suppliers must be safe to call from it and fast.
 */
public final class ManagementServer implements AutoCloseable {
    private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";
    private static final String TEXT_TYPE = "text/plain; charset=utf-8";
    private static final int BACKLOG = 16;

    private final HttpServer server;
    private final ExecutorService thread;

    private ManagementServer(HttpServer server, ExecutorService thread) {
        this.server = server;
        this.thread = thread;
    }

    /**
     * Binds and serves.
     *
     * @param metrics the Prometheus page
     * @param notAlive why this process should be restarted; empty while it is well
     * @param notReady why no traffic should come here; empty while it is ready
     * @param remarks lines that {@code /readyz} adds even when green, such as {@code durability=weak}
     */
    public static ManagementServer start(
            InetSocketAddress address,
            Supplier<String> metrics,
            Supplier<List<String>> notAlive,
            Supplier<List<String>> notReady,
            Supplier<List<String>> remarks)
            throws IOException {
        HttpServer server = HttpServer.create(address, BACKLOG);
        ExecutorService thread = Executors.newSingleThreadExecutor(task -> {
            Thread named = new Thread(task, "management");
            named.setDaemon(true);
            return named;
        });
        server.setExecutor(thread);
        server.createContext(
                "/", exchange -> answer(exchange, 404, TEXT_TYPE, "Here are /metrics, /livez and /readyz.\n"));
        server.createContext("/metrics", exchange -> answer(exchange, 200, METRICS_TYPE, metrics.get()));
        server.createContext("/livez", exchange -> answerHealth(exchange, notAlive.get(), List.of()));
        server.createContext("/readyz", exchange -> answerHealth(exchange, notReady.get(), remarks.get()));
        server.start();
        return new ManagementServer(server, thread);
    }

    /** The port that was bound, for those who asked for any. */
    public int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
        thread.shutdownNow();
    }

    private static void answerHealth(HttpExchange exchange, List<String> reasons, List<String> remarks)
            throws IOException {
        StringBuilder body = new StringBuilder(reasons.isEmpty() ? "ok\n" : "not ok\n");
        reasons.forEach(reason -> body.append("- ").append(reason).append('\n'));
        remarks.forEach(remark -> body.append(remark).append('\n'));
        answer(exchange, reasons.isEmpty() ? 200 : 503, TEXT_TYPE, body.toString());
    }

    private static void answer(HttpExchange exchange, int status, String type, String body) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            boolean exact = path.equals(exchange.getHttpContext().getPath());
            if (!exchange.getRequestMethod().equals("GET")) {
                exchange.sendResponseHeaders(405, -1);
                return;
            }
            byte[] bytes = (exact || status == 404 ? body : "Not found.\n").getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", type);
            exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
            exchange.sendResponseHeaders(exact ? status : 404, bytes.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(bytes);
            }
        }
    }
}

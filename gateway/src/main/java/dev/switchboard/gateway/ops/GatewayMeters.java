package dev.switchboard.gateway.ops;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.netty4.NettyAllocatorMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every meter of the gateway. Any thread may call it. No tag holds a user, a conversation or a connection: the number of series
 * is fixed by the code.
 */
public final class GatewayMeters implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(GatewayMeters.class);
    private static final Duration[] LATENCIES = {
        Duration.ofMillis(1),
        Duration.ofMillis(2),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(2_500),
        Duration.ofSeconds(10)
    };

    private static final Duration[] LIVES = {
        Duration.ofSeconds(1),
        Duration.ofSeconds(10),
        Duration.ofMinutes(1),
        Duration.ofMinutes(10),
        Duration.ofHours(1),
        Duration.ofHours(12)
    };

    /** One frame in so many is measured, which is enough to know how they are spread and costs next to nothing. */
    private static final int FRAME_SAMPLE = 16;

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics gc = new JvmGcMetrics();
    private final Map<String, Counter> counters = new ConcurrentHashMap<>();
    private final Map<String, AtomicInteger> connections = new ConcurrentHashMap<>();
    private final Counter messagesReceived = counter("messages", "Messages by direction", "direction", "in");
    private final Counter messagesDelivered = counter("messages", "Messages by direction", "direction", "out");
    private final Counter duplicates = counter("duplicates", "Retries of messages that had been accepted");
    private final Counter busReceived = counter("bus.received", "Publications received from rooms");
    private final Timer accept = timer("accept", "From reading a send to writing its answer");
    private final Timer delivery = timer("delivery", "From acceptance to writing to a recipient, by two clocks");
    private final Timer pingRoundTrip = timer("ping.rtt", "Round trip of heartbeats");
    private final Timer handshake = timer("handshake", "From the request line to Welcome");
    private final Timer httpLatency = timer("http.latency", "From the head of a request to its answer");
    private final Map<String, Timer> httpByRoute = new ConcurrentHashMap<>();
    private final Timer connectionDuration = Timer.builder("switchboard.gateway.connection.duration")
            .description("From the handshake to the end of a connection")
            .serviceLevelObjectives(LIVES)
            .register(registry);
    private final DistributionSummary frameBytesIn = frameBytes("in");
    private final DistributionSummary frameBytesOut = frameBytes("out");
    private final DistributionSummary callMessages = DistributionSummary.builder(
                    "switchboard.gateway.append.call.messages")
            .description("Messages in one call of the append script")
            .serviceLevelObjectives(1, 2, 4, 8, 16, 32, 64, 128, 256)
            .register(registry);

    public GatewayMeters(String version) {
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        gc.bindTo(registry);
        if (ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider allocator) {
            new NettyAllocatorMetrics(allocator).bindTo(registry);
        }
        Gauge.builder("switchboard.gateway.build.info", () -> 1)
                .description("Always 1; the version is the label")
                .tag("version", version)
                .register(registry);
    }

    /** A value that is read when Prometheus asks. */
    public void gauge(String name, String description, Supplier<Number> value) {
        Gauge.builder("switchboard.gateway." + name, value)
                .description(description)
                .register(registry);
    }

    public void handshake(String result) {
        counter("handshakes", "Handshakes by result", "result", result).increment();
    }

    public void welcomed(Duration sinceRequest) {
        handshake.record(sinceRequest);
    }

    public void authFailure(String reason) {
        counter("auth.failures", "Refused credentials by reason", "reason", reason)
                .increment();
    }

    public void opened(String transport, String role) {
        counter("connections.opened", "Connections opened", "transport", transport)
                .increment();
        open(transport, role).incrementAndGet();
    }

    public void closed(String transport, String role, String reason) {
        counter("connections.closed", "Connections closed by reason", "reason", reason)
                .increment();
        open(transport, role).decrementAndGet();
        if (reason.equals("slow-consumer")) {
            counter("slow.consumer.closes", "Connections closed because they did not read")
                    .increment();
        }
    }

    public void lasted(Duration sinceHandshake) {
        connectionDuration.record(sinceHandshake);
    }

    /** A WebSocket frame, with its header; {@code direction} is in or out. */
    public void frame(String direction, int bytes) {
        if (ThreadLocalRandom.current().nextInt(FRAME_SAMPLE) == 0) {
            (direction.equals("in") ? frameBytesIn : frameBytesOut).record(bytes);
        }
    }

    public void received() {
        messagesReceived.increment();
    }

    public void refused(String code) {
        counter("errors", "Refusals by code", "code", code).increment();
        if (code.equals("RATE_LIMITED")) {
            counter("rate.limited", "Sends over the rate", "scope", "user").increment();
        }
    }

    public void accepted(long nanosSinceRead, boolean duplicate) {
        accept.record(nanosSinceRead, TimeUnit.NANOSECONDS);
        if (duplicate) {
            duplicates.increment();
        }
    }

    public void delivered(int recipients, long millisSinceAccepted) {
        messagesDelivered.increment(recipients);
        delivery.record(Math.max(0, millisSinceAccepted), TimeUnit.MILLISECONDS);
    }

    public void appendCall(int messages) {
        callMessages.record(messages);
    }

    public void publicationReceived() {
        busReceived.increment();
    }

    public void busReconnected() {
        counter("bus.reconnects", "Times the room connection had to be opened anew")
                .increment();
    }

    /** An HTTP request was answered; {@code route} is a template, never a path. */
    public void answered(String route, int status, long nanos) {
        counter(
                        "http.requests",
                        "HTTP requests by route and status",
                        "route",
                        route,
                        "status",
                        Integer.toString(status))
                .increment();
        httpLatency.record(nanos, TimeUnit.NANOSECONDS);
        httpByRoute
                .computeIfAbsent(
                        route,
                        key -> Timer.builder("switchboard.gateway.http.route")
                                .description("From the head of a request to its answer, by route")
                                .tag("route", route)
                                .register(registry))
                .record(nanos, TimeUnit.NANOSECONDS);
    }

    public void resumed(String result) {
        counter("resume", "Lanes resumed by result", "result", result).increment();
    }

    public void unwritable() {
        counter("channel.unwritable", "Times a connection stopped taking data").increment();
    }

    public void dropped() {
        counter("ephemeral.dropped", "Hints not written to connections that did not read")
                .increment();
    }

    public void pong(long roundTripNanos) {
        pingRoundTrip.record(roundTripNanos, TimeUnit.NANOSECONDS);
    }

    /** An error nobody foresaw; the log has the details. */
    public void unexpected(String where) {
        counter("unexpected.errors", "Errors that no rule foresees", "where", where)
                .increment();
    }

    /** A task that may be run again after it failed: an executor drops a periodic task at its first exception. */
    public Runnable guarded(String where, Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (RuntimeException e) {
                unexpected(where);
                log.error("periodic task failed where={}", where, e);
            }
        };
    }

    public String scrape() {
        return registry.scrape();
    }

    @Override
    public void close() {
        gc.close();
        registry.close();
    }

    private AtomicInteger open(String transport, String role) {
        return connections.computeIfAbsent(transport + " " + role, key -> {
            AtomicInteger open = new AtomicInteger();
            Gauge.builder("switchboard.gateway.connections", open, AtomicInteger::get)
                    .description("Open connections")
                    .tag("transport", transport)
                    .tag("role", role)
                    .register(registry);
            return open;
        });
    }

    private Counter counter(String name, String description, String... tags) {
        return counters.computeIfAbsent(
                name + String.join(" ", tags),
                key -> Counter.builder("switchboard.gateway." + name)
                        .description(description)
                        .tags(tags)
                        .register(registry));
    }

    private DistributionSummary frameBytes(String direction) {
        return DistributionSummary.builder("switchboard.gateway.frame.bytes")
                .description("Sizes of WebSocket frames with their headers, of one in " + FRAME_SAMPLE)
                .tag("direction", direction)
                .serviceLevelObjectives(64, 256, 1_024, 4_096, 16_384, 65_536)
                .register(registry);
    }

    private Timer timer(String name, String description) {
        return Timer.builder("switchboard.gateway." + name)
                .description(description)
                .serviceLevelObjectives(LATENCIES)
                .register(registry);
    }
}

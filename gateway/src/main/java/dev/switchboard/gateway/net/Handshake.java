package dev.switchboard.gateway.net;

import dev.switchboard.gateway.auth.Authenticator;
import dev.switchboard.gateway.auth.Credentials;
import dev.switchboard.gateway.auth.Identity;
import dev.switchboard.gateway.auth.Refusal;
import dev.switchboard.gateway.net.HttpAnswers.Refused;
import dev.switchboard.gateway.ops.GatewayMeters;
import dev.switchboard.gateway.session.WireFormat;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides whether a request becomes a WebSocket: its form, room for it, origin and token, in the order of what costs least.
 * Any event loop may call it. Until it has succeeded no code but this and the HTTP handlers sees the peer.
 */
public final class Handshake {
    private static final Logger log = LoggerFactory.getLogger(Handshake.class);
    private static final String WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final int KEY_BYTES = 16;

    private final Authenticator authenticator;
    private final ConnectionLimits limits;
    private final ClientAddress clientAddress;
    private final Supplier<List<String>> notReady;
    private final Opened opened;
    private final Reports reports;

    /** What counts handshakes that succeed, and what answers those that do not. */
    public record Reports(GatewayMeters meters, HttpAnswers answers) {}

    /** Takes over the channel of a successful handshake. */
    public interface Opened {
        /** Takes it over; {@code leave} is to be called once, when the connection has closed. */
        void opened(Channel channel, Identity identity, WireFormat format, long startedNanos, Runnable leave);
    }

    public Handshake(
            Authenticator authenticator,
            ConnectionLimits limits,
            ClientAddress clientAddress,
            Supplier<List<String>> notReady,
            Opened opened,
            Reports reports) {
        this.authenticator = authenticator;
        this.limits = limits;
        this.clientAddress = clientAddress;
        this.notReady = notReady;
        this.opened = opened;
        this.reports = reports;
    }

    void run(ChannelHandlerContext ctx, HttpRequest request) {
        long started = System.nanoTime();
        HttpHeaders headers = request.headers();
        Refused refused = formProblem(headers);
        Optional<WireFormat> format = format(headers);
        if (refused == null && format.isEmpty()) {
            refused = new Refused("subprotocol", 400, "Offer the subprotocol switchboard.v1 or switchboard.v1.json");
        }
        if (refused == null && !notReady.get().isEmpty()) {
            refused = new Refused("not-ready", 503, "Try again later");
        }
        if (refused != null) {
            reports.answers().refuse(ctx, refused);
            return;
        }
        String address = address(ctx, headers);
        Refused noPlace = admit(address);
        if (noPlace != null) {
            reports.answers().refuse(ctx, noPlace);
            return;
        }
        Runnable leave = once(() -> limits.leave(address));
        Identity identity;
        try {
            Duration refusedFor = authenticator.refusedFor(address);
            if (!refusedFor.isZero()) {
                leave.run();
                reports.answers().refuse(ctx, forgedTooOften(refusedFor));
                return;
            }
            Authenticator.Outcome outcome = authenticator.authenticateWithOrigin(credentials(headers), address);
            if (outcome instanceof Authenticator.Outcome.Refused unknown) {
                leave.run();
                Refusal refusal = unknown.refusal();
                reports.answers().refuse(ctx, new Refused(refusal.label(), refusal.status(), refusal.text()));
                return;
            }
            identity = ((Authenticator.Outcome.Known) outcome).identity();
        } catch (RuntimeException e) {
            failed(leave, e);
            reports.answers().refuse(ctx, new Refused("failed", 500, "Internal error"));
            return;
        }
        reports.meters().handshake("ok");
        try {
            upgrade(ctx, headers, format.orElseThrow());
            opened.opened(ctx.channel(), identity, format.get(), started, leave);
        } catch (RuntimeException e) {
            // The 101 is on its way, so there is nothing left to say.
            failed(leave, e);
            ctx.close();
        }
    }

    /** Whose address a request is counted under; empty where that is not known. */
    String address(ChannelHandlerContext ctx, HttpHeaders headers) {
        return clientAddress.of((InetSocketAddress) ctx.channel().remoteAddress(), headers.getAll("X-Forwarded-For"));
    }

    private static Refused forgedTooOften(Duration refusedFor) {
        int seconds = (int) refusedFor.plusMillis(999).toSeconds();
        return new Refused("forged", 429, "Too many invalid tokens from this address", seconds);
    }

    /** Nobody foresaw this. The place is given back, whoever else gives it back as well. */
    private void failed(Runnable leave, RuntimeException cause) {
        leave.run();
        reports.meters().unexpected("handshake");
        log.error("handshake failed", cause);
    }

    private static Runnable once(Runnable step) {
        AtomicBoolean done = new AtomicBoolean();
        return () -> {
            if (done.compareAndSet(false, true)) {
                step.run();
            }
        };
    }

    /** Counts a connection that was accepted, before it says anything. False: there is no room for more of them. */
    boolean accept(Channel channel) {
        if (!limits.accept()) {
            reports.meters().handshake("no-room");
            return false;
        }
        channel.closeFuture().addListener(closed -> limits.gone());
        return true;
    }

    /**
     * Asks for a place for a connection that speaks HTTP. It counts as a WebSocket does, for as long as it lives or until it
     * becomes one.
     */
    Place place(Channel channel) {
        String address = clientAddress.ofConnection((InetSocketAddress) channel.remoteAddress());
        Refused refused = admit(address);
        return new Place(Optional.ofNullable(refused), refused == null ? once(() -> limits.leave(address)) : () -> {});
    }

    /** A place, or why there is none; {@code leave} gives it back and may be called twice. */
    record Place(Optional<Refused> refused, Runnable leave) {}

    private static @Nullable Refused formProblem(HttpHeaders headers) {
        if (!headers.getAll(HttpHeaderNames.SEC_WEBSOCKET_VERSION).equals(List.of(HttpAnswers.WEBSOCKET_VERSION))) {
            return new Refused("version", 426, "WebSocket version 13 only");
        }
        List<String> keys = headers.getAll(HttpHeaderNames.SEC_WEBSOCKET_KEY);
        if (keys.size() != 1 || !isKey(keys.get(0))) {
            return new Refused("key", 400, "Sec-WebSocket-Key must be there once, with 16 bytes in base64");
        }
        return null;
    }

    private static boolean isKey(String key) {
        try {
            return Base64.getDecoder().decode(key.strip()).length == KEY_BYTES;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static Optional<WireFormat> format(HttpHeaders headers) {
        return Credentials.realSubprotocols(headers.getAll(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL)).stream()
                .flatMap(name -> WireFormat.ofSubprotocol(name).stream())
                .findFirst();
    }

    private @Nullable Refused admit(String address) {
        return switch (limits.enter(address)) {
            case ADMITTED -> null;
            case FULL -> new Refused("full", 503, "This server is full");
            case ADDRESS_FULL -> new Refused("address-full", 429, "Too many connections from this address");
            case TOO_FAST -> new Refused("too-fast", 503, "Too many connections at once");
        };
    }

    private static Credentials.Headers credentials(HttpHeaders headers) {
        return new Credentials.Headers(
                headers.getAll(HttpHeaderNames.COOKIE),
                headers.getAll(HttpHeaderNames.AUTHORIZATION),
                headers.getAll(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL),
                headers.getAll(HttpHeaderNames.ORIGIN));
    }

    private static void upgrade(ChannelHandlerContext ctx, HttpHeaders request, WireFormat format) {
        DefaultFullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS);
        response.headers()
                .set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET)
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE)
                .set(HttpHeaderNames.SEC_WEBSOCKET_ACCEPT, accept(request.get(HttpHeaderNames.SEC_WEBSOCKET_KEY)))
                .set(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, format.subprotocol());
        ctx.writeAndFlush(response);
    }

    private static String accept(String key) {
        try {
            byte[] bytes = (key.strip() + WEBSOCKET_GUID).getBytes(StandardCharsets.ISO_8859_1);
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-1").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-1", e);
        }
    }
}

package dev.switchboard.gateway.api.page;

import dev.switchboard.gateway.api.http.Access;
import dev.switchboard.gateway.api.http.Declined;
import dev.switchboard.gateway.api.http.HttpCall;
import dev.switchboard.gateway.api.http.HttpReply;
import dev.switchboard.gateway.api.http.Routes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.zip.GZIPOutputStream;

/**
 * The files that pages load: {@code /assets/<hash of the content>/<name>}. Immutable, so any thread. What stands under such an
 * address never changes, so a browser asks for it once; another build has other addresses.
 */
public final class Assets {
    private static final int HASH_BYTES = 10;

    /** What a file is, by the end of its name. Others are not served. */
    private static final Map<String, String> TYPES = Map.of(
            "js", "text/javascript; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "svg", "image/svg+xml",
            "png", "image/png",
            "woff2", "font/woff2",
            "webmanifest", "application/manifest+json");

    private final Map<String, Asset> byUrl = new HashMap<>();
    private final Map<String, String> urls = new HashMap<>();

    private record Asset(HttpReply plain, HttpReply gzip, String tag) {}

    public Assets(WebFiles files) {
        files.all().forEach((name, content) -> {
            String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
            if (type != null) {
                String hash = hash(content);
                String url = "/assets/" + hash + "/" + name;
                urls.put(name, url);
                byUrl.put(url, asset(type, content, "\"" + hash + "\""));
            }
        });
    }

    /** Adds its line to the table. */
    public void addTo(Routes routes) {
        routes.get("/assets/{hash}/{name}", Access.OPEN, this::answer);
    }

    /** The address of a file; empty if there is none of this name. */
    Optional<String> url(String name) {
        return Optional.ofNullable(urls.get(name));
    }

    private CompletionStage<HttpReply> answer(HttpCall call) {
        Asset asset = byUrl.get(call.target().path());
        if (asset == null) {
            return CompletableFuture.failedFuture(Declined.notFound());
        }
        boolean known = call.header("If-None-Match").filter(asset.tag()::equals).isPresent();
        if (known) {
            return CompletableFuture.completedFuture(shared(HttpReply.empty(304), asset.tag()));
        }
        return CompletableFuture.completedFuture(
                acceptsGzip(call.header("Accept-Encoding").orElse("")) ? asset.gzip() : asset.plain());
    }

    private static Asset asset(String type, byte[] content, String tag) {
        HttpReply plain = shared(HttpReply.bytes(200, type, content), tag);
        byte[] small = gzip(content);
        HttpReply gzip = small.length < content.length
                ? shared(HttpReply.bytes(200, type, small), tag).with("Content-Encoding", "gzip")
                : plain;
        return new Asset(plain, gzip, tag);
    }

    private static HttpReply shared(HttpReply reply, String tag) {
        return reply.with("Cache-Control", "public, max-age=31536000, immutable")
                .with("ETag", tag)
                .with("Vary", "Accept-Encoding")
                // Pages of other sites may load the client library; there is nothing of anybody in here.
                .with("Cross-Origin-Resource-Policy", "cross-origin");
    }

    static boolean acceptsGzip(String acceptEncoding) {
        for (String part : acceptEncoding.toLowerCase(Locale.ROOT).split(",", -1)) {
            String[] pieces = part.split(";", 2);
            if (pieces[0].strip().equals("gzip")) {
                return pieces.length == 1 || !pieces[1].strip().matches("q=0(?:\\.0{0,3})?");
            }
        }
        return false;
    }

    private static byte[] gzip(byte[] content) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(content);
        } catch (IOException e) {
            throw new AssertionError("an array takes bytes", e);
        }
        return bytes.toByteArray();
    }

    private static String hash(byte[] content) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(content);
            return HexFormat.of().formatHex(hash, 0, HASH_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}

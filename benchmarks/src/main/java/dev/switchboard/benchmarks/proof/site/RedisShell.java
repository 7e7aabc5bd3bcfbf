package dev.switchboard.benchmarks.proof.site;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** A connection straight to a Redis, past all links, as an operator has it. One thread. */
public final class RedisShell implements AutoCloseable {
    private static final int ANSWER_MILLIS_MAX = (int) Duration.ofSeconds(30).toMillis();

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;

    private RedisShell(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(ANSWER_MILLIS_MAX);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream());
        out = new BufferedOutputStream(socket.getOutputStream());
    }

    /** To the Redis of that site, with all rights. */
    public static RedisShell open(ProofSite site) {
        return open(URI.create(site.redis().url()));
    }

    public static RedisShell open(URI url) {
        try {
            RedisShell shell = new RedisShell(url.getPort());
            String login = url.getUserInfo();
            if (login != null) {
                int colon = login.indexOf(':');
                shell.text("AUTH", login.substring(0, colon), login.substring(colon + 1));
            }
            return shell;
        } catch (IOException e) {
            throw new UncheckedIOException("Redis does not answer", e);
        }
    }

    /** One answer as text; numbers in decimals, nothing as an empty text. Throws what Redis refuses. */
    public String text(String... command) {
        Object answer = ask(command);
        return answer instanceof byte[] bytes ? new String(bytes, StandardCharsets.UTF_8) : String.valueOf(answer);
    }

    /** One answer as it is; nothing as no bytes. */
    public byte[] bytes(String... command) {
        return ask(command) instanceof byte[] bytes ? bytes : new byte[0];
    }

    /** An answer of several. */
    public List<String> list(String... command) {
        List<String> texts = new ArrayList<>();
        if (ask(command) instanceof List<?> items) {
            for (Object item : items) {
                texts.add(
                        item instanceof byte[] bytes
                                ? new String(bytes, StandardCharsets.UTF_8)
                                : String.valueOf(item));
            }
        }
        return texts;
    }

    /** The first text of a nested answer, empty if there is none. */
    public String first(String... command) {
        Object answer = ask(command);
        while (answer instanceof List<?> items) {
            answer = items.isEmpty() ? new byte[0] : items.get(0);
        }
        return answer instanceof byte[] bytes ? new String(bytes, StandardCharsets.UTF_8) : String.valueOf(answer);
    }

    /** The value of one line of {@code INFO}. */
    public String info(String section, String field) {
        for (String line : text("INFO", section).split("\r\n", -1)) {
            if (line.startsWith(field + ":")) {
                return line.substring(field.length() + 1);
            }
        }
        throw new IllegalStateException("Redis tells no " + field);
    }

    /** How far its clock is ahead of this machine's, but for a second. */
    public Duration clockAhead() {
        return Duration.ofSeconds(
                Long.parseLong(list("TIME").get(0)) - Instant.now().getEpochSecond());
    }

    /** Sends without waiting for the answer, which {@link #skip} takes. */
    public void send(byte[]... command) {
        try {
            out.write(("*" + command.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
            for (byte[] word : command) {
                out.write(("$" + word.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
                out.write(word);
                out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
            }
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("Redis is gone", e);
        }
    }

    /** The answer to the oldest command that has none. */
    public Object skip() {
        try {
            return answer();
        } catch (IOException e) {
            throw new UncheckedIOException("Redis is gone", e);
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Object ask(String... command) {
        byte[][] words = new byte[command.length][];
        for (int i = 0; i < command.length; i++) {
            words[i] = command[i].getBytes(StandardCharsets.UTF_8);
        }
        send(words);
        return skip();
    }

    private Object answer() throws IOException {
        String line = line();
        String rest = line.substring(1);
        switch (line.charAt(0)) {
            case '+', ':' -> {
                return rest.getBytes(StandardCharsets.UTF_8);
            }
            case '-' -> throw new IllegalStateException("Redis refuses: " + rest);
            case '$' -> {
                int length = Integer.parseInt(rest);
                byte[] bytes = in.readNBytes(Math.max(0, length));
                if (length >= 0) {
                    in.skipNBytes(2);
                }
                return bytes;
            }
            case '*' -> {
                int length = Integer.parseInt(rest);
                List<Object> items = new ArrayList<>();
                for (int i = 0; i < length; i++) {
                    items.add(answer());
                }
                return items;
            }
            default -> throw new IOException("no answer of Redis: " + line);
        }
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\r'; c = in.read()) {
            if (c < 0) {
                throw new IOException("Redis closed the connection");
            }
            line.append((char) c);
        }
        in.skipNBytes(1);
        return line.toString();
    }
}

package dev.switchboard.benchmarks.proof.site;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Says single commands to a Redis on this machine, past all links, as an operator would. Has no state but the port; any thread,
 * each command on a connection of its own.
 */
public final class RedisConsole {
    private static final int ANSWER_MILLIS_MAX = (int) Duration.ofSeconds(5).toMillis();

    private final int port;

    RedisConsole(int port) {
        this.port = port;
    }

    /** The answer, an array's elements line by line; throws if it is an error. */
    public List<String> say(String... command) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), ANSWER_MILLIS_MAX);
            socket.setSoTimeout(ANSWER_MILLIS_MAX);
            StringBuilder request = new StringBuilder("*" + command.length + "\r\n");
            for (String word : command) {
                request.append("$%d\r\n%s\r\n".formatted(word.getBytes(StandardCharsets.UTF_8).length, word));
            }
            socket.getOutputStream().write(request.toString().getBytes(StandardCharsets.UTF_8));
            List<String> lines = new ArrayList<>();
            // Byte for byte, so that the lengths of strings are counted as they are sent.
            read(
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1)),
                    lines);
            return lines;
        }
    }

    private static void read(BufferedReader in, List<String> lines) throws IOException {
        String head = in.readLine();
        if (head == null || head.isEmpty()) {
            throw new IOException("Redis closed the connection");
        }
        String rest = head.substring(1);
        switch (head.charAt(0)) {
            case '-' -> throw new IOException(rest);
            case '$' -> {
                int length = Integer.parseInt(rest);
                if (length >= 0) {
                    char[] text = new char[length + 2];
                    for (int read = 0; read < text.length; ) {
                        int count = in.read(text, read, text.length - read);
                        if (count < 0) {
                            throw new IOException("Redis closed the connection");
                        }
                        read += count;
                    }
                    lines.add(new String(
                            new String(text, 0, length).getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8));
                }
            }
            case '*' -> {
                for (int i = Integer.parseInt(rest); i > 0; i--) {
                    read(in, lines);
                }
            }
            default -> lines.add(rest);
        }
    }
}

package dev.switchboard.benchmarks.proof.ledger;

import dev.switchboard.proto.v1.Lane;
import dev.switchboard.wire.Position;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * A ledger as lines of fields with tabs between them, compressed: {@code D} devices, {@code L} lanes and {@code M} messages, each
 * numbered by its place, then {@code E} events. Stateless.
 */
final class LedgerFile {
    private static final String HEAD = "switchboard ledger\t1";
    private static final int EVENT_FIELDS = 9;

    private LedgerFile() {}

    static void write(Ledger ledger, Path file) throws IOException {
        try (BufferedWriter out = new BufferedWriter(
                new OutputStreamWriter(new GZIPOutputStream(Files.newOutputStream(file)), StandardCharsets.UTF_8))) {
            line(out, HEAD);
            for (Device device : ledger.devices()) {
                line(out, "D", device.name(), device.user(), device.follows());
            }
            for (LaneKey lane : ledger.lanes()) {
                line(out, "L", lane.conversation(), lane.lane());
            }
            for (MessageKey message : ledger.messages()) {
                line(out, "M", message.clientMsgId(), message.sender());
            }
            ledger.forEach(event -> write(out, event));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    static Ledger read(Path file) throws IOException {
        try (BufferedReader in = new BufferedReader(
                new InputStreamReader(new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
            if (!HEAD.equals(in.readLine())) {
                throw new IOException(file + " is no ledger");
            }
            Ledger ledger = new Ledger(() -> 0);
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                read(ledger, List.of(line.split("\t", -1)));
            }
            return ledger;
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new IOException(file + " is a damaged ledger", e);
        }
    }

    private static void read(Ledger ledger, List<String> fields) throws IOException {
        switch (fields.get(0)) {
            case "D" -> ledger.device(new Device(fields.get(1), fields.get(2), Device.Follows.valueOf(fields.get(3))));
            case "L" -> ledger.lane(UUID.fromString(fields.get(1)), Lane.valueOf(fields.get(2)));
            case "M" -> ledger.message(UUID.fromString(fields.get(1)), fields.get(2));
            case "E" -> ledger.add(event(fields));
            default -> throw new IOException("a line that begins with " + fields.get(0));
        }
    }

    private static void write(BufferedWriter out, Event event) {
        try {
            line(
                    out,
                    "E",
                    event.nanos(),
                    event.kind(),
                    event.device(),
                    event.message(),
                    event.lane(),
                    Integer.toUnsignedString(event.position().epoch()),
                    Integer.toUnsignedString(event.position().seq()),
                    event.detail());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Event event(List<String> fields) {
        if (fields.size() != EVENT_FIELDS) {
            throw new IllegalArgumentException(fields.size() + " fields");
        }
        Event.Kind kind = Event.Kind.valueOf(fields.get(2));
        Position position =
                new Position(Integer.parseUnsignedInt(fields.get(6)), Integer.parseUnsignedInt(fields.get(7)));
        return new Event(
                Long.parseLong(fields.get(1)),
                kind,
                Integer.parseInt(fields.get(3)),
                Integer.parseInt(fields.get(4)),
                Integer.parseInt(fields.get(5)),
                position,
                Integer.parseInt(fields.get(8)));
    }

    private static void line(BufferedWriter out, Object... fields) throws IOException {
        for (int i = 0; i < fields.length; i++) {
            if (i > 0) {
                out.write('\t');
            }
            out.write(fields[i].toString());
        }
        out.write('\n');
    }
}

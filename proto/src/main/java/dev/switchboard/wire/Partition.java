package dev.switchboard.wire;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32;

/**
 * One of the slices that conversations are spread over, by owner. All keys and rooms of a conversation carry its partition's
 * hash tag, so one script serves a single Redis and a Cluster alike.
 *
 * <p>The number of partitions, the hash and the table of tags are written into Redis and MySQL ({@link #FINGERPRINT}); a
 * program built with others refuses to start, because it would look for conversations where they are not.
 */
public record Partition(int number) implements Comparable<Partition> {
    /** Chosen so that the slots of these tags spread evenly over 2, 4, 8 and 16 cluster masters. */
    private static final List<String> TAGS = List.of(
            "p852", "p942", "p769", "p679", "p83", "p954", "p192", "p239", "p484", "p48", "p904", "p814", "p629",
            "p739", "p409", "p519");

    public static final int COUNT = TAGS.size();

    /** Count, hash and version of the tag table. */
    public static final String FINGERPRINT = COUNT + ":crc32:1";

    private static final List<Partition> ALL =
            java.util.stream.IntStream.range(0, COUNT).mapToObj(Partition::new).toList();

    public Partition {
        if (number < 0 || number >= COUNT) {
            throw new IllegalArgumentException("no partition " + number + ", there are " + COUNT);
        }
    }

    /** All partitions, by number. */
    public static List<Partition> all() {
        return ALL;
    }

    /** The partition of everything that belongs to this end user. */
    public static Partition ofOwner(String owner) {
        CRC32 hash = new CRC32();
        hash.update(owner.getBytes(StandardCharsets.UTF_8));
        return ALL.get((int) (hash.getValue() % COUNT));
    }

    /** The hash tag without braces. */
    public String tag() {
        return TAGS.get(number);
    }

    @Override
    public int compareTo(Partition other) {
        return Integer.compare(number, other.number);
    }
}

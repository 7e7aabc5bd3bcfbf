package dev.switchboard.wire;

/** The names of everything in Redis. The README of this module lists what stands under each. */
public final class Keys {
    /** Hash: {@code partitions} = {@link Partition#FINGERPRINT}. The only key outside the partitions. */
    public static final String META = "switchboard:meta";

    private Keys() {}

    /** Hash: epoch, replication id, backlog, last log id, dedupe counters, the worker's fencing number. */
    public static String partition(Partition partition) {
        return tagged(partition, "p");
    }

    /** Stream: one entry per call of the append script, field {@code e} = a serialized LogEntry. */
    public static String log(Partition partition) {
        return tagged(partition, "log");
    }

    /** Hash: what was accepted lately, by sender and client_msg_id. */
    public static String dedupe(Partition partition) {
        return tagged(partition, "d0");
    }

    /** Hash: the generation before {@link #dedupe}. */
    public static String dedupeBefore(Partition partition) {
        return tagged(partition, "d1");
    }

    /** Sorted set: open conversations by the time of their last activity, in milliseconds. */
    public static String open(Partition partition) {
        return tagged(partition, "open");
    }

    /** Room of every gateway with an admin on it. */
    public static String adminsRoom(Partition partition) {
        return tagged(partition, "admins");
    }

    /** Room of every connection of this user. */
    public static String userRoom(String user) {
        return tagged(Partition.ofOwner(user), "user:" + user);
    }

    /** What stands before the user's name in {@link #userRoom}, for scripts that learn the name themselves. */
    public static String userRooms(Partition partition) {
        return tagged(partition, "user:");
    }

    /** String: the id of the user's open conversation. */
    public static String openOf(String owner) {
        return tagged(Partition.ofOwner(owner), "u:" + owner);
    }

    /** Hash: owner, status, heads, stored positions and read marks of a conversation. */
    public static String conversation(ConversationId id) {
        return tagged(id.partition(), "c:" + id.hex());
    }

    /** List, alternating: first seq and number of messages (u32 each), then their records as one Publication. PUBLIC lane. */
    public static String publicTail(ConversationId id) {
        return tagged(id.partition(), "t:" + id.hex());
    }

    /** List: the same of the STAFF lane. */
    public static String staffTail(ConversationId id) {
        return tagged(id.partition(), "n:" + id.hex());
    }

    /** String: when the sender's bucket is empty again, in milliseconds. */
    public static String rate(Partition partition, String sender) {
        return tagged(partition, "rate:" + sender);
    }

    private static String tagged(Partition partition, String name) {
        return "{" + partition.tag() + "}:" + name;
    }
}

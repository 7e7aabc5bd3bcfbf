package dev.switchboard.wire;

/** The names of everything in Redis. The README of this module lists what stands under each. */
public final class Keys {
    /** Hash: {@code partitions} = {@link Partition#FINGERPRINT}. With those about access the only key outside the partitions. */
    public static final String META = "switchboard:meta";

    /** Before everything about who may come in; one slot, because one script reaches all of it. */
    private static final String ACCESS = "{access}:";

    /** Number: of the newest record of what was revoked. */
    public static final String REVOCATION = ACCESS + "revocation";

    /** Sorted set: records of what was revoked, by number. */
    public static final String REVOKED = ACCESS + "revoked";

    /** Sorted set: the same records by the time they end, in milliseconds. */
    public static final String REVOKED_UNTIL = ACCESS + "until";

    /** Room of every gateway: empty where something was revoked, else an address that is to be refused. */
    public static final String ACCESS_ROOM = ACCESS + "room";

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

    /** Number: tokens that were no good and came from this address within a minute. */
    public static String failed(String address) {
        return ACCESS + "failed:" + address;
    }

    /** String: when the allowance of a user, or of an administrator, to ask over HTTP is whole again, in milliseconds. */
    public static String asked(String user, boolean admin) {
        return tagged(Partition.ofOwner(user), (admin ? "asked:a:" : "asked:u:") + user);
    }

    private static String tagged(Partition partition, String name) {
        return "{" + partition.tag() + "}:" + name;
    }
}

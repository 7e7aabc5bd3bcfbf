package dev.switchboard.gateway.log;

import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Partition;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One message that wants to stand in the log, and who is told what became of it. Confined to the event loop of its sender.
 * It is answered exactly once.
 */
public final class Append {
    private static final Logger log = LoggerFactory.getLogger(Append.class);
    static final int FINGERPRINT_BYTES = 8;
    /** What a message costs in memory besides its text: this object, its queue slot and its record. */
    private static final int OVERHEAD_BYTES = 512;
    /** One is normal, a second is a race with a closing; more is a conversation that can't be opened. */
    private static final int RETARGETS_MAX = 4;

    final long origin;
    final Partition partition;
    final String owner;
    final String sender;
    final Role senderRole;
    final Lane lane;
    final UUID clientMsgId;
    final UUID messageId;
    final String text;
    final Rate rate;
    /** False: the conversation is the owner's open one, or the one this message opens. */
    final boolean conversationNamed;

    private final Consumer<AppendAnswer> listener;
    private @Nullable ConversationId conversation;
    private @Nullable InFlight place;
    private boolean answered;
    private int retargets;
    private long dueNanos;

    /**
     * @param conversation the named conversation; or, if none was named, the one believed to be open, or null
     */
    public Append(
            long origin,
            String owner,
            Sender sender,
            Lane lane,
            UUID clientMsgId,
            UUID messageId,
            String text,
            boolean conversationNamed,
            @Nullable ConversationId conversation,
            Consumer<AppendAnswer> listener) {
        this.origin = origin;
        this.owner = owner;
        this.partition =
                conversationNamed && conversation != null ? conversation.partition() : Partition.ofOwner(owner);
        this.sender = sender.user();
        this.senderRole = sender.role();
        this.rate = sender.rate();
        this.lane = lane;
        this.clientMsgId = clientMsgId;
        this.messageId = messageId;
        this.text = text;
        this.conversationNamed = conversationNamed;
        this.conversation = conversation;
        this.listener = listener;
    }

    /** Who speaks, and how often they may. */
    public record Sender(String user, Role role, Rate rate) {}

    /** A bucket of {@code burst} messages that refills by one every {@code periodMillis}. */
    public record Rate(int burst, double periodMillis) {}

    /** The conversation to try: the believed one, else the one this message would open. */
    ConversationId target() {
        ConversationId target = conversation;
        if (target == null) {
            target = ConversationId.openedBy(owner, clientMsgId);
            conversation = target;
        }
        return target;
    }

    /** The script knows better which conversation is open; null if the believed one is over. False: give up. */
    boolean retarget(@Nullable ConversationId actual) {
        conversation = actual;
        return ++retargets <= RETARGETS_MAX;
    }

    void answer(AppendAnswer answer) {
        if (!answered) {
            answered = true;
            if (place != null) {
                place.leave(bytes());
            }
            try {
                listener.accept(answer);
            } catch (RuntimeException e) {
                // One connection's trouble must not leave the others of this call without an answer.
                log.error("answer not delivered connection={}", Long.toHexString(origin), e);
            }
        }
    }

    /** It has taken a place among those in flight, and gives it back with its answer. */
    void entered(InFlight inFlight) {
        place = inFlight;
    }

    /** When it must have an answer, by {@link System#nanoTime}. */
    void dueBy(long nanos) {
        dueNanos = nanos;
    }

    boolean isOverdue(long nowNanos) {
        return nowNanos - dueNanos > 0;
    }

    /** Messages of one voice in one conversation are numbered in the order in which they came. */
    record Voice(String sender, String owner, Lane lane) {}

    Voice voice() {
        return new Voice(sender, owner, lane);
    }

    boolean answered() {
        return answered;
    }

    int bytes() {
        return OVERHEAD_BYTES + 2 * text.length();
    }

    /** Tells two bodies under one id apart. Owner and lane count: the same words to somebody else are another message. */
    byte[] fingerprint() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(owner.getBytes(StandardCharsets.UTF_8));
            digest.update((byte) lane.getNumber());
            return Arrays.copyOf(digest.digest(text.getBytes(StandardCharsets.UTF_8)), FINGERPRINT_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}

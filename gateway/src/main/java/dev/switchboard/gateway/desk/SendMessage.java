package dev.switchboard.gateway.desk;

import dev.switchboard.gateway.auth.Identity;
import dev.switchboard.gateway.log.Append;
import dev.switchboard.gateway.log.AppendAnswer;
import dev.switchboard.gateway.log.LaneReader;
import dev.switchboard.gateway.log.LoopLog;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Partition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Says something in a conversation. One for each event loop, confined to it. Answers every command exactly once; live chat needs
 * no database.
 *
 * <p>A user speaks in their own conversation and the PUBLIC lane only. An admin names the owner or the conversation.
 */
public final class SendMessage {
    /** Owners of conversations an admin named by id alone. They never change, so forgetting is all that is needed. */
    private static final int OWNERS_CACHED_MAX = 10_000;

    private final LoopLog log;
    private final LaneReader lanes;
    private final TextRules rules;
    private final Rates rates;
    private final Supplier<UUID> messageIds;
    private final Map<ConversationId, String> owners = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<ConversationId, String> eldest) {
            return size() > OWNERS_CACHED_MAX;
        }
    };

    /**
     * What waits for the owner of a conversation, in the order of arrival; a list is there while the owner is asked for. No more
     * than connections may have unanswered.
     */
    private final Map<ConversationId, List<Waiting>> waiting = new HashMap<>();

    public SendMessage(LoopLog log, LaneReader lanes, TextRules rules, Rates rates, Supplier<UUID> messageIds) {
        this.log = log;
        this.lanes = lanes;
        this.rules = rules;
        this.rates = rates;
        this.messageIds = messageIds;
    }

    /** A command that waits until the owner of its conversation is known. */
    private record Waiting(Participant who, Command command, String text, Consumer<AppendAnswer> answer) {}

    /** How often users and admins may speak. */
    public record Rates(Append.Rate user, Append.Rate admin) {}

    /** What to say and where; {@code owner} is empty for the participant's own conversation, or where the id tells. */
    public record Command(
            UUID clientMsgId, Optional<ConversationId> conversation, String owner, String text, Lane lane) {}

    /** Runs the command. The answer comes on this event loop, perhaps before this method returns. */
    public void run(Participant who, Command command, Consumer<AppendAnswer> answer) {
        Optional<RefusalCode> refusal = refusal(who, command);
        String text = TextRules.normalized(command.text());
        if (refusal.isEmpty()) {
            refusal = rules.problem(text);
        }
        if (refusal.isPresent()) {
            answer.accept(new AppendAnswer.Refused(refusal.get(), 0));
        } else if (!who.isAdmin()) {
            append(who, command, text, who.user(), answer);
        } else if (command.conversation().isEmpty()) {
            append(who, command, text, command.owner(), answer);
        } else {
            appendToNamed(command.conversation().get(), new Waiting(who, command, text, answer));
        }
    }

    /** What is wrong with the command apart from its text. The same whether a foreign conversation exists or not. */
    private static Optional<RefusalCode> refusal(Participant who, Command command) {
        String owner = who.isAdmin() ? command.owner() : who.user();
        if (!who.isAdmin()
                && (command.lane() == Lane.STAFF
                        || !(command.owner().isEmpty() || command.owner().equals(who.user())))) {
            return Optional.of(RefusalCode.FORBIDDEN);
        }
        if (!owner.isEmpty() && !Identity.isUser(owner)) {
            // It becomes part of keys, and a column holds it: what no token can say, no admin may.
            return Optional.of(RefusalCode.INVALID_ID);
        }
        if (command.conversation().isEmpty()) {
            // A note about nothing: only what the owner can see opens a conversation.
            return owner.isEmpty() || command.lane() == Lane.STAFF
                    ? Optional.of(RefusalCode.BAD_REQUEST)
                    : Optional.empty();
        }
        boolean elsewhere =
                !owner.isEmpty() && !command.conversation().get().partition().equals(Partition.ofOwner(owner));
        return elsewhere ? Optional.of(RefusalCode.FORBIDDEN) : Optional.empty();
    }

    private void appendToNamed(ConversationId named, Waiting command) {
        List<Waiting> before = waiting.get(named);
        String owner = command.command().owner().isEmpty()
                ? owners.get(named)
                : command.command().owner();
        if (before != null) {
            // Behind those that wait, even if this one could go: the order of sending is the order of the log.
            before.add(command);
        } else if (owner != null) {
            append(command, owner);
        } else {
            waiting.put(named, new ArrayList<>(List.of(command)));
            lanes.head(named, Lane.PUBLIC).whenComplete((state, error) -> {
                if (error != null) {
                    goOn(named, new Ownership.Unknown(RefusalCode.UNAVAILABLE));
                } else if (state.isEmpty()) {
                    goOn(named, new Ownership.Unknown(RefusalCode.FORBIDDEN));
                } else {
                    goOn(named, new Ownership.Known(state.get().owner()));
                }
            });
        }
    }

    /** Whose conversation it is, or why that can't be told. */
    private sealed interface Ownership {
        record Known(String owner) implements Ownership {}

        record Unknown(RefusalCode code) implements Ownership {}
    }

    /** Takes up what waited, in order. */
    private void goOn(ConversationId named, Ownership found) {
        if (found instanceof Ownership.Known known) {
            owners.put(named, known.owner());
        }
        for (Waiting command : Objects.requireNonNullElse(waiting.remove(named), List.<Waiting>of())) {
            String said = command.command().owner();
            if (!said.isEmpty()) {
                append(command, said);
            } else if (found instanceof Ownership.Known known) {
                append(command, known.owner());
            } else if (found instanceof Ownership.Unknown unknown) {
                command.answer().accept(new AppendAnswer.Refused(unknown.code(), 0));
            }
        }
    }

    private void append(Waiting command, String owner) {
        append(command.who(), command.command(), command.text(), owner, command.answer());
    }

    private void append(Participant who, Command command, String text, String owner, Consumer<AppendAnswer> answer) {
        boolean named = command.conversation().isPresent();
        @Nullable
        ConversationId believed = named
                ? command.conversation().get()
                : who.isAdmin() ? null : who.ownConversation().orElse(null);
        log.append(new Append(
                who.connection(),
                owner,
                new Append.Sender(
                        who.user(),
                        who.isAdmin() ? Role.ADMIN : Role.USER,
                        who.isAdmin() ? rates.admin() : rates.user()),
                command.lane(),
                command.clientMsgId(),
                messageIds.get(),
                text,
                named,
                believed,
                answer));
    }
}

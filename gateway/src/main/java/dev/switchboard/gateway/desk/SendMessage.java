package dev.switchboard.gateway.desk;

import dev.switchboard.gateway.log.Append;
import dev.switchboard.gateway.log.AppendAnswer;
import dev.switchboard.gateway.log.LaneReader;
import dev.switchboard.gateway.log.LaneState;
import dev.switchboard.gateway.log.LoopLog;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Partition;
import java.util.LinkedHashMap;
import java.util.Map;
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

    public SendMessage(LoopLog log, LaneReader lanes, TextRules rules, Rates rates, Supplier<UUID> messageIds) {
        this.log = log;
        this.lanes = lanes;
        this.rules = rules;
        this.rates = rates;
        this.messageIds = messageIds;
    }

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
        } else if (!command.owner().isEmpty()) {
            append(who, command, text, command.owner(), answer);
        } else {
            appendToNamed(who, command, text, command.conversation().orElseThrow(), answer);
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

    private void appendToNamed(
            Participant who, Command command, String text, ConversationId named, Consumer<AppendAnswer> answer) {
        String known = owners.get(named);
        if (known != null) {
            append(who, command, text, known, answer);
            return;
        }
        lanes.head(named, Lane.PUBLIC).whenComplete((state, error) -> {
            if (error != null) {
                answer.accept(new AppendAnswer.Refused(RefusalCode.UNAVAILABLE, 0));
            } else if (state.isEmpty()) {
                answer.accept(new AppendAnswer.Refused(RefusalCode.FORBIDDEN, 0));
            } else {
                String owner = state.map(LaneState::owner).orElseThrow();
                owners.put(named, owner);
                append(who, command, text, owner, answer);
            }
        });
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

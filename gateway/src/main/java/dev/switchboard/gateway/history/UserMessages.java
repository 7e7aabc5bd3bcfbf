package dev.switchboard.gateway.history;

import dev.switchboard.gateway.log.lane.Activity;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Position;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * History as the first system had it, which knew users and no conversations: everything somebody wrote or got, and who ever wrote.
 * One for each event loop, confined to it. MySQL must answer, because only it knows what conversations there were.
 *
 * <p>A user's conversations follow one another, so theirs are in the order of time one after the other, each by position.
 */
public final class UserMessages {
    /** Messages in one answer, and users in one list. */
    public static final int ENTRIES_MAX = 5_000;

    /** Bytes of messages in one answer; with more it is shorter. */
    private static final long BYTES_MAX = 8 << 20;

    /** Newest open conversations that are asked for when users are listed: those that MySQL may not have yet. */
    private static final int FRESH_MAX = 500;

    /** The address of support, whom every user writes to. */
    private static final String SUPPORT = "admin";

    private final ConversationHistory history;
    private final ConversationList conversations;
    private final HistoryDatabase database;
    private final Executor loop;

    public UserMessages(
            ConversationHistory history, ConversationList conversations, HistoryDatabase database, Executor loop) {
        this.history = history;
        this.conversations = conversations;
        this.database = database;
        this.loop = loop;
    }

    /** Where an answer begins: in a conversation of a user, or, for an administrator's messages, at a row. */
    public sealed interface At {
        record InConversation(ConversationId conversation, Position position) implements At {}

        record InRows(long row) implements At {}
    }

    /**
     * Messages in order.
     *
     * @param total how many there are in all, as far as this is known
     * @param older where there are more; empty if there are none
     */
    public record Answer(List<HistoryMessage> messages, long total, Optional<At> older, Set<Source> missing) {}

    /**
     * Users in the order of their last activity.
     *
     * @param more behind which there are more; empty if there are none
     */
    public record Users(List<String> users, long total, Optional<Activity> more, Set<Source> missing) {}

    /**
     * The newest messages from or to somebody before some place; null is the end.
     *
     * @param forStaff whether an administrator asks. Nobody else gets what stands in conversations they don't own, whatever
     *     their name is: a name says nothing about the role
     */
    public CompletionStage<Answer> messages(String user, boolean forStaff, @Nullable At before) {
        return database.read(statements -> new Known(
                        forStaff
                                && (user.equals(SUPPORT)
                                        || ConversationRows.admins(statements, Set.of(user))
                                                .contains(user)),
                        ConversationRows.ofOwner(statements, user)))
                // Redis is asked from the loop that owns the line to it.
                .thenComposeAsync(
                        known -> known.admin()
                                ? ofAdmin(user, before instanceof At.InRows rows ? rows : null)
                                : newestOne(user).thenCompose(newest -> ofUser(user, known, newest, before)),
                        loop);
    }

    private record Known(boolean admin, List<ConversationRows.Row> conversations) {}

    /** Perhaps so new that MySQL does not have it. */
    private CompletionStage<Optional<ConversationSummary>> newestOne(String user) {
        return conversations
                .page(new ConversationList.Asked(user, null, 1))
                .thenApply(page -> page.conversations().stream().findFirst());
    }

    private CompletionStage<Answer> ofUser(
            String user, Known known, Optional<ConversationSummary> newest, @Nullable At before) {
        Set<ConversationId> newestFirst = new LinkedHashSet<>();
        newest.map(ConversationSummary::id)
                .filter(id ->
                        known.conversations().stream().noneMatch(row -> row.id().equals(id)))
                .ifPresent(newestFirst::add);
        known.conversations().forEach(row -> newestFirst.add(row.id()));
        List<ConversationId> rest = new ArrayList<>(newestFirst);
        Position from = Position.START;
        if (before instanceof At.InConversation at) {
            int index = rest.indexOf(at.conversation());
            rest = index < 0 ? new ArrayList<>() : rest.subList(index, rest.size());
            from = at.position();
        }
        return next(new Gathered(user), rest, from)
                .thenCompose(done -> before == null && done.older == null
                        ? CompletableFuture.completedFuture(done.answer(done.newestFirst.size()))
                        : database.read(statements -> done.answer(total(statements, known, newest))));
    }

    /** What MySQL has, and what it does not have yet. */
    private static long total(HistoryDatabase.Statements statements, Known known, Optional<ConversationSummary> newest)
            throws SQLException {
        long total = newest.map(summary -> (long) summary.head().seq()).orElse(0L);
        for (ConversationRows.Row row : known.conversations()) {
            total += MessageRows.count(statements, row);
            if (newest.filter(summary -> summary.id().equals(row.id())).isPresent()) {
                total -= Math.min(row.publicHead().seq(), newest.get().head().seq());
            }
        }
        return total;
    }

    /** One conversation after the other, from the newest back. */
    private CompletionStage<Gathered> next(Gathered gathered, List<ConversationId> rest, Position from) {
        int room = ENTRIES_MAX - gathered.newestFirst.size();
        long bytes = BYTES_MAX - gathered.bytes;
        if (rest.isEmpty()) {
            return CompletableFuture.completedFuture(gathered);
        }
        ConversationId id = rest.get(0);
        if (room == 0 || bytes <= 0) {
            gathered.older = new At.InConversation(id, from);
            return CompletableFuture.completedFuture(gathered);
        }
        return history.page(new ConversationHistory.Asked(id, Lane.PUBLIC, from, room, bytes, gathered.user))
                .thenCompose(found -> {
                    found.ifPresent(gathered::add);
                    Optional<Position> more = found.flatMap(HistoryPage::older);
                    if (more.isPresent()) {
                        gathered.older = new At.InConversation(id, more.get());
                        return CompletableFuture.completedFuture(gathered);
                    }
                    return next(gathered, rest.subList(1, rest.size()), Position.START);
                });
    }

    /** From MySQL alone: no list in Redis is by who wrote. Rows before one that is stored are all stored. */
    private CompletionStage<Answer> ofAdmin(String admin, At.@Nullable InRows before) {
        if (before != null) {
            return ofAdmin(admin, before.row(), Set.of());
        }
        // First: what is stored now, MySQL has when it is asked.
        return conversations
                .fresh(FRESH_MAX)
                .thenCompose(open -> ofAdmin(admin, Long.MAX_VALUE, allStored(open) ? Set.of() : Set.of(Source.REDIS)));
    }

    private static boolean allStored(ConversationList.Page open) {
        return open.missing().isEmpty()
                && open.conversations().size() < FRESH_MAX
                && open.conversations().stream()
                        .allMatch(summary -> summary.stored().compareTo(summary.head()) >= 0);
    }

    private CompletionStage<Answer> ofAdmin(String admin, long before, Set<Source> missing) {
        return database.read(statements -> {
            List<MessageRows.Numbered> found = MessageRows.ofAdmin(
                    statements,
                    admin,
                    admin.equals(SUPPORT),
                    before,
                    new MessageRows.Amount(ENTRIES_MAX + 1, BYTES_MAX));
            List<MessageRows.Numbered> shown = shown(found);
            List<HistoryMessage> inOrder = new ArrayList<>();
            for (int i = shown.size() - 1; i >= 0; i--) {
                inOrder.add(shown.get(i).message());
            }
            boolean more = found.size() > shown.size();
            return new Answer(
                    inOrder,
                    countOfAdmin(statements, admin, more, shown.size()),
                    more ? Optional.of(new At.InRows(shown.get(shown.size() - 1).row())) : Optional.empty(),
                    missing);
        });
    }

    private static List<MessageRows.Numbered> shown(List<MessageRows.Numbered> found) {
        int count = 0;
        long bytes = 0;
        while (count < Math.min(found.size(), ENTRIES_MAX) && bytes < BYTES_MAX) {
            bytes += found.get(count++).message().bytes();
        }
        return found.subList(0, count);
    }

    private static long countOfAdmin(HistoryDatabase.Statements statements, String admin, boolean more, int shown)
            throws SQLException {
        return more ? MessageRows.countOfAdmin(statements, admin, admin.equals(SUPPORT)) : shown;
    }

    /** Who wrote or was written to, behind some place; null is the beginning. */
    public CompletionStage<Users> users(@Nullable Activity before) {
        CompletionStage<ConversationList.Page> fresh = before == null
                ? conversations.fresh(FRESH_MAX)
                : CompletableFuture.completedFuture(new ConversationList.Page(List.of(), Optional.empty(), Set.of()));
        return fresh.thenCompose(open -> database.read(statements -> {
            Set<String> users = new LinkedHashSet<>();
            open.conversations().stream()
                    .filter(summary -> summary.head().seq() > 0)
                    .forEach(summary -> users.add(summary.owner()));
            users.remove(SUPPORT);
            users.removeAll(ConversationRows.admins(statements, users));
            List<ConversationRows.UserRow> rows = ConversationRows.users(statements, before, ENTRIES_MAX + 1);
            Activity last = null;
            boolean more = false;
            for (ConversationRows.UserRow row : rows) {
                if (users.size() == ENTRIES_MAX && !users.contains(row.user())) {
                    more = true;
                    break;
                }
                users.add(row.user());
                last = row.activity();
            }
            long total = more || before != null
                    ? Math.max(users.size(), ConversationRows.countUsers(statements))
                    : users.size();
            return new Users(
                    List.copyOf(users), total, more ? Optional.ofNullable(last) : Optional.empty(), open.missing());
        }));
    }

    /** What was found so far, the newest first. */
    private static final class Gathered {
        final String user;
        final List<HistoryMessage> newestFirst = new ArrayList<>();
        final Set<Source> missing = EnumSet.noneOf(Source.class);
        long bytes;

        @Nullable
        At older;

        Gathered(String user) {
            this.user = user;
        }

        void add(HistoryPage page) {
            for (int i = page.messages().size() - 1; i >= 0; i--) {
                newestFirst.add(page.messages().get(i));
                bytes += page.messages().get(i).bytes();
            }
            missing.addAll(page.missing());
        }

        Answer answer(long total) {
            List<HistoryMessage> inOrder = new ArrayList<>(newestFirst);
            Collections.reverse(inOrder);
            return new Answer(inOrder, total, Optional.ofNullable(older), missing);
        }
    }
}

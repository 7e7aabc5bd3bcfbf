package dev.switchboard.gateway.history;

import dev.switchboard.gateway.log.lane.LanePage;
import dev.switchboard.gateway.log.lane.PageReader;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Position;
import dev.switchboard.wire.RoutedFrame;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Reads a lane backwards: the tail in Redis first, then MySQL, joined by position. One for each event loop; what it answers
 * completes there.
 *
 * <p>What always holds: what is in neither the tail nor MySQL does not exist. The tail keeps what is not stored, and it is read
 * first, so whatever leaves it meanwhile is in MySQL when that is read. Where the two don't meet all the same it reads once more,
 * and then says that the answer is not complete.
 */
public final class ConversationHistory {
    private final PageReader tails;
    private final HistoryDatabase database;
    private final Executor loop;

    public ConversationHistory(PageReader tails, HistoryDatabase database, Executor loop) {
        this.tails = tails;
        this.database = database;
        this.loop = loop;
    }

    /**
     * What is asked for.
     *
     * @param before exclusive; the start reads from the head on
     * @param messagesMax at least 1
     * @param bytesMax with more bytes the page is shorter
     * @param onlyOf the owner who asks; null for staff
     */
    public record Asked(
            ConversationId conversation,
            Lane lane,
            Position before,
            int messagesMax,
            long bytesMax,
            @Nullable String onlyOf) {}

    /** Neither source that could have answered can be asked. */
    public static final class Unavailable extends RuntimeException {
        private static final long serialVersionUID = 1;

        Unavailable() {
            super("no source of history can be asked", null, false, false);
        }
    }

    /** The page; empty if there is no such conversation, or it is not for who asks. Fails with {@link Unavailable}. */
    public CompletionStage<Optional<HistoryPage>> page(Asked asked) {
        return attempt(asked)
                .thenCompose(first ->
                        first.filter(page -> !page.complete() && page.missing().isEmpty())
                                        .isPresent()
                                ? attempt(asked)
                                : CompletableFuture.completedFuture(first));
    }

    private CompletionStage<Optional<HistoryPage>> attempt(Asked asked) {
        return tail(asked, asked.before(), null)
                .handle((found, error) -> new Tail(error != null, found == null ? Optional.empty() : found))
                .thenCompose(tail -> {
                    boolean foreign = asked.onlyOf() != null
                            && tail.page()
                                    .filter(page -> !page.owner().equals(asked.onlyOf()))
                                    .isPresent();
                    if (!foreign && tail.suffices(asked)) {
                        return CompletableFuture.completedFuture(
                                Optional.of(fromTail(asked, tail.page().orElseThrow())));
                    }
                    // Also where it is refused already: how long that takes must not tell what exists.
                    return database.read(statements -> stored(statements, asked, tail))
                            .handleAsync(
                                    (stored, error) -> foreign
                                            ? foreign(error)
                                            : joined(asked, tail, error == null ? stored : null),
                                    loop);
                });
    }

    /** As for one that does not exist: that is certain only where MySQL has been asked. */
    private static Optional<HistoryPage> foreign(@Nullable Throwable error) {
        if (error != null) {
            throw new Unavailable();
        }
        return Optional.empty();
    }

    /**
     * What Redis said.
     *
     * @param missing it could not be asked
     */
    private record Tail(boolean missing, Optional<LanePage> page) {
        /** Nothing that MySQL holds is wanted. */
        boolean suffices(Asked asked) {
            if (page.isEmpty()) {
                return false;
            }
            List<RoutedFrame> messages = page.get().messages();
            boolean fromTheFirst = !messages.isEmpty()
                    && messages.get(0).seq() == 1
                    && !page.get().mixed();
            boolean nothingSaid = page.get().head().seq() == 0;
            return messages.size() >= asked.messagesMax() || bytes() >= asked.bytesMax() || fromTheFirst || nothingSaid;
        }

        long bytes() {
            return page.map(ConversationHistory::bytes).orElse(0L);
        }

        /** Where MySQL's part ends, exclusive. The start: nowhere. */
        Position bound(Asked asked) {
            return page.filter(found -> !found.messages().isEmpty())
                    .map(found -> found.messages().get(0).position())
                    .orElse(asked.before());
        }
    }

    /**
     * What MySQL said; no conversation is one that it does not have.
     *
     * @param cut it has more than it was wanted to say
     */
    private record Stored(Optional<ConversationRows.Row> conversation, List<HistoryMessage> newestFirst, boolean cut) {}

    /** Page by page until enough was found or the tail ends. */
    private CompletionStage<Optional<LanePage>> tail(Asked asked, Position before, @Nullable LanePage newer) {
        int messagesMax =
                asked.messagesMax() - (newer == null ? 0 : newer.messages().size());
        return tails.before(asked.conversation(), asked.lane(), before, messagesMax, asked.onlyOf())
                .thenCompose(found -> {
                    if (found.isEmpty()) {
                        return CompletableFuture.completedFuture(found);
                    }
                    LanePage page = found.get();
                    if (newer != null && page.mixed() != newer.mixed()) {
                        // Two orders were settled in between: the newer page may lack some. It happens once.
                        return tail(asked, asked.before(), null);
                    }
                    LanePage all = newer == null ? page : page.before(newer);
                    boolean more = page.messages().size() < messagesMax
                            && bytes(all) < asked.bytesMax()
                            && !page.messages().isEmpty()
                            && Integer.compareUnsigned(page.messages().get(0).seq(), page.tailFrom()) > 0;
                    return more
                            ? tail(asked, page.messages().get(0).position(), all)
                            : CompletableFuture.completedFuture(Optional.of(all));
                });
    }

    private static long bytes(LanePage page) {
        return page.messages().stream()
                .mapToLong(message -> HistoryMessage.bytes(message))
                .sum();
    }

    private static Stored stored(HistoryDatabase.Statements statements, Asked asked, Tail tail)
            throws java.sql.SQLException {
        Optional<ConversationRows.Row> row = ConversationRows.find(statements, asked.conversation());
        if (row.isEmpty() || (asked.onlyOf() != null && !row.get().owner().equals(asked.onlyOf()))) {
            return new Stored(Optional.empty(), List.of(), false);
        }
        int had = tail.page().map(page -> page.messages().size()).orElse(0);
        // One more than asked for tells whether there are older ones.
        MessageRows.Amount wanted =
                new MessageRows.Amount(asked.messagesMax() - had + 1, asked.bytesMax() - tail.bytes());
        MessageRows.Found found = MessageRows.before(statements, row.get(), asked.lane(), tail.bound(asked), wanted);
        return new Stored(row, found.newestFirst(), found.cut());
    }

    private static HistoryPage fromTail(Asked asked, LanePage page) {
        List<HistoryMessage> messages =
                page.messages().stream().map(HistoryMessage::of).toList();
        boolean older = !messages.isEmpty()
                && (page.mixed() || messages.get(0).position().seq() > 1);
        return finished(asked, messages, older, page.head(), page.stored(), true, Set.of());
    }

    private static Optional<HistoryPage> joined(Asked asked, Tail tail, @Nullable Stored stored) {
        Set<Source> missing = EnumSet.noneOf(Source.class);
        if (tail.missing()) {
            missing.add(Source.REDIS);
        }
        if (stored == null) {
            missing.add(Source.MYSQL);
        }
        Optional<ConversationRows.Row> row = stored == null ? Optional.empty() : stored.conversation();
        if (tail.page().isEmpty() && row.isEmpty()) {
            if (missing.isEmpty()) {
                return Optional.empty();
            }
            throw new Unavailable();
        }
        List<HistoryMessage> messages = new ArrayList<>();
        int had = tail.page().map(page -> page.messages().size()).orElse(0);
        List<HistoryMessage> newestFirst = stored == null ? List.of() : stored.newestFirst();
        int wanted = Math.min(newestFirst.size(), asked.messagesMax() - had);
        for (int i = wanted - 1; i >= 0; i--) {
            messages.add(newestFirst.get(i));
        }
        tail.page().ifPresent(page -> page.messages().forEach(record -> messages.add(HistoryMessage.of(record))));
        if (messages.isEmpty() && stored == null) {
            // Only MySQL has what was asked for.
            throw new Unavailable();
        }
        Position head = tail.page()
                .map(LanePage::head)
                .orElseGet(() -> row.orElseThrow().head(asked.lane()));
        Position inMysql = row.map(found -> found.head(asked.lane())).orElse(Position.START);
        Position known = tail.page().map(LanePage::stored).orElse(inMysql);
        boolean mixed = tail.page().filter(LanePage::mixed).isPresent();
        // Where two orders were settled, numbers don't tell what comes before the bound; what is stored is all of it.
        boolean meets =
                stored != null && (mixed ? inMysql.compareTo(known) >= 0 : meets(tail.bound(asked), head, inMysql));
        boolean older = newestFirst.size() > wanted
                || (stored != null && stored.cut())
                || (stored == null && (mixed || messages.get(0).position().seq() > 1));
        return Optional.of(finished(asked, messages, older, head, known, meets && missing.isEmpty(), missing));
    }

    /** Whether MySQL has everything before the bound. Numbers go on from epoch to epoch. */
    private static boolean meets(Position bound, Position head, Position inMysql) {
        int needed = bound.equals(Position.START) || bound.compareTo(head) > 0 ? head.seq() : bound.seq() - 1;
        boolean later = bound.epoch() != 0 && Integer.compareUnsigned(inMysql.epoch(), bound.epoch()) > 0;
        return later || Integer.compareUnsigned(inMysql.seq(), needed) >= 0;
    }

    /** Without messages that were stored at another position, and no longer than its bytes allow. */
    private static HistoryPage finished(
            Asked asked,
            List<HistoryMessage> found,
            boolean older,
            Position head,
            Position stored,
            boolean complete,
            Set<Source> missing) {
        List<HistoryMessage> once = once(found);
        long bytes = 0;
        int from = once.size();
        while (from > 0 && (from == once.size() || bytes + once.get(from - 1).bytes() <= asked.bytesMax())) {
            bytes += once.get(--from).bytes();
        }
        List<HistoryMessage> messages = once.subList(from, once.size());
        boolean more = older || from > 0;
        Position first = messages.isEmpty() ? Position.START : messages.get(0).position();
        Position last =
                messages.isEmpty() ? head : messages.get(messages.size() - 1).position();
        return new HistoryPage(
                messages,
                more ? Optional.of(first) : Optional.empty(),
                head,
                stored,
                more ? first : Position.START,
                asked.before().equals(Position.START) ? head : last,
                complete,
                missing);
    }

    /** A retry after the dedupe window has two positions in the log; MySQL keeps the first. */
    private static List<HistoryMessage> once(List<HistoryMessage> messages) {
        record Said(String sender, UUID clientMsgId) {}
        Set<Said> seen = new HashSet<>();
        List<HistoryMessage> once = new ArrayList<>(messages.size());
        for (HistoryMessage message : messages) {
            if (seen.add(new Said(message.sender(), message.clientMsgId()))) {
                once.add(message);
            }
        }
        return once;
    }
}

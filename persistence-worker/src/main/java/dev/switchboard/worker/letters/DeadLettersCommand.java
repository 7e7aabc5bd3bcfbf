package dev.switchboard.worker.letters;

import dev.switchboard.proto.v1.Lane;
import dev.switchboard.wire.Position;
import dev.switchboard.wire.WireUuid;
import dev.switchboard.worker.log.LoggedMessage;
import dev.switchboard.worker.log.RedisConfig;
import dev.switchboard.worker.log.RedisLog;
import dev.switchboard.worker.log.Unreadable;
import dev.switchboard.worker.store.DatabaseConfig;
import dev.switchboard.worker.store.DeadLetters;
import dev.switchboard.worker.store.Letter;
import dev.switchboard.worker.store.LetterContent;
import io.lettuce.core.RedisException;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import java.io.PrintStream;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Does what a {@link LettersRequest} asks, prints what came of it and ends. One thread. */
public final class DeadLettersCommand {
    private static final int PAGE = 500;
    private static final int REDIS_THREADS = 2;
    private static final String FORM = "%-8s  %-23s  %-9s  %-22s  %-5s  %s%n";

    private final DatabaseConfig database;
    private final RedisConfig redis;
    private final PrintStream out;
    private int failed;

    public DeadLettersCommand(DatabaseConfig database, RedisConfig redis, PrintStream out) {
        this.database = database;
        this.redis = redis;
        this.out = out;
    }

    /** Whether all went well. */
    public boolean run(LettersRequest request) throws SQLException {
        try (DeadLetters letters = DeadLetters.open(database)) {
            switch (request.action()) {
                case HELP -> out.print(LettersRequest.HELP);
                case LIST -> list(letters, request);
                case SHOW -> show(letters, request);
                case REPLAY -> replay(letters, request);
                case DROP -> drop(letters, request);
            }
        }
        return failed == 0;
    }

    private void list(DeadLetters letters, LettersRequest request) throws SQLException {
        out.printf(FORM, "ID", "SET ASIDE (UTC)", "PARTITION", "ENTRY", "PART", "REASON");
        List<Letter> found = letters.list(request.after(), request.limit());
        for (Letter letter : found) {
            out.printf(
                    FORM,
                    letter.id(),
                    letter.createdAt(),
                    letter.partition().number(),
                    letter.entry(),
                    part(letter),
                    letter.reason());
        }
        out.printf("%d of %d%n", found.size(), letters.count());
    }

    private void show(DeadLetters letters, LettersRequest request) throws SQLException {
        long id = request.letters().get(0);
        Optional<Letter> found = letters.find(id);
        if (found.isEmpty()) {
            gone(id);
            return;
        }
        Letter letter = found.get();
        LetterContent content = LetterContent.of(letter);
        out.printf("id         %d%n", letter.id());
        out.printf("set aside  %s%n", letter.createdAt());
        out.printf(
                "from       partition %d, entry %s, part %s%n",
                letter.partition().number(), letter.entry(), part(letter));
        out.printf("bytes      %d%s%n", letter.bytes().size(), letter.whole() ? "" : ", the rest was cut");
        out.printf("reason     %s%n", letter.reason());
        content.fault().ifPresent(fault -> out.printf("now        can't be put back: %s%n", fault));
        for (LoggedMessage message : content.messages()) {
            out.printf(
                    "message    %s from %s to conversation %s of %s, %s%n",
                    WireUuid.of(message.message().getMessageId().toByteArray()),
                    message.sender(),
                    WireUuid.of(message.conversation().toByteArray()),
                    message.owner(),
                    place(message));
            if (request.text()) {
                out.printf("text       %s%n", printable(message.message().getText()));
            }
        }
    }

    private void replay(DeadLetters letters, LettersRequest request) throws SQLException {
        List<LoggedMessage> back = new ArrayList<>();
        forEach(letters, request, id -> {
            DeadLetters.Outcome outcome = letters.replay(id, request.actor());
            if (outcome instanceof DeadLetters.Outcome.Replayed replayed) {
                back.addAll(replayed.messages());
                out.printf("%d replayed: %s%n", id, replayed.rows() == 0 ? "nothing was missing" : places(replayed));
                return true;
            }
            if (outcome instanceof DeadLetters.Outcome.Kept kept) {
                failed++;
                out.printf("%d kept: %s%n", id, kept.reason());
                return false;
            }
            gone(id);
            return false;
        });
        announce(back);
    }

    private void drop(DeadLetters letters, LettersRequest request) throws SQLException {
        forEach(letters, request, id -> {
            boolean dropped = letters.drop(id, request.actor());
            if (dropped) {
                out.printf("%d dropped%n", id);
            } else {
                gone(id);
            }
            return dropped;
        });
    }

    /** Does something to one letter; false if it is there no more or as before. */
    private interface Step {
        boolean run(long id) throws SQLException;
    }

    private void forEach(DeadLetters letters, LettersRequest request, Step step) throws SQLException {
        int done = 0;
        int asked = 0;
        if (request.all()) {
            long last = 0;
            for (List<Letter> page = letters.list(last, PAGE); !page.isEmpty(); page = letters.list(last, PAGE)) {
                for (Letter letter : page) {
                    last = letter.id();
                    asked++;
                    done += step.run(last) ? 1 : 0;
                }
            }
        } else {
            for (long id : request.letters()) {
                asked++;
                done += step.run(id) ? 1 : 0;
            }
        }
        out.printf("%d of %d, %d letters are left%n", done, asked, letters.count());
    }

    private void gone(long id) {
        failed++;
        out.printf("%d is no dead letter, or no longer%n", id);
    }

    /** Conversations that are still in Redis don't call these positions empty any more. */
    private void announce(List<LoggedMessage> messages) {
        if (messages.isEmpty()) {
            return;
        }
        ClientResources resources = DefaultClientResources.builder()
                .ioThreadPoolSize(REDIS_THREADS)
                .computationThreadPoolSize(REDIS_THREADS)
                .build();
        try (RedisLog log = RedisLog.open(redis, resources)) {
            log.replayed(messages);
        } catch (RedisException e) {
            // They stand in MySQL, which is what counts.
            out.printf(
                    "Redis could not be told (%s): clients go on without these until they load the conversation anew%n",
                    e.getClass().getSimpleName());
        } finally {
            resources.shutdown(0, 1, TimeUnit.SECONDS);
        }
    }

    private static String part(Letter letter) {
        return letter.item() == Unreadable.WHOLE ? "all" : Integer.toString(letter.item());
    }

    private static String places(DeadLetters.Outcome.Replayed replayed) {
        return String.join(
                ", ",
                replayed.messages().stream().map(DeadLettersCommand::place).toList());
    }

    private static String place(LoggedMessage message) {
        Position position = message.position();
        return "%s %s/%s"
                .formatted(
                        message.lane() == Lane.STAFF ? "STAFF" : "PUBLIC",
                        Integer.toUnsignedString(position.epoch()),
                        Integer.toUnsignedString(position.seq()));
    }

    /** On one line, and nothing that a terminal obeys. */
    private static String printable(String text) {
        StringBuilder shown = new StringBuilder(text.length());
        text.codePoints()
                .forEach(c -> shown.appendCodePoint(
                        Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? '·' : c));
        return shown.toString();
    }
}

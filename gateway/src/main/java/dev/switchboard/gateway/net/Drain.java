package dev.switchboard.gateway.net;

import dev.switchboard.gateway.api.ws.Answers;
import dev.switchboard.gateway.session.Disconnect;
import dev.switchboard.gateway.session.Session;
import dev.switchboard.gateway.session.Sessions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Empties a gateway that is going away: its clients leave one after the other, spread over the drain time, so that they do not
 * arrive elsewhere all at once. What a client has under way is answered before its connection is closed.
 */
public final class Drain {
    private static final Logger log = LoggerFactory.getLogger(Drain.class);

    /** From GoingAway to the close at least: time for the client to hear it, and to be told that its sends go elsewhere. */
    private static final int LAST_ANSWERS_MILLIS_MIN = 500;

    /** From GoingAway to the close at most: time for answers that are under way. */
    private static final int LAST_ANSWERS_MILLIS_MAX = 2_500;

    private static final int LAST_ANSWERS_CHECK_MILLIS = 20;
    private static final int RECONNECT_MILLIS_MAX = 2_000;

    private final Sessions sessions;
    private final Answers answers;
    private final ScheduledExecutorService timer;

    public Drain(Sessions sessions, Answers answers, ScheduledExecutorService timer) {
        this.sessions = sessions;
        this.answers = answers;
        this.timer = timer;
    }

    /** Sends everybody away and returns when they have gone, or soon after the given time at the latest. */
    public void run(Duration over) throws InterruptedException {
        List<Session> all = new ArrayList<>(sessions.all());
        Collections.shuffle(all);
        log.info("draining connections={} over={}", all.size(), over);
        CountDownLatch open = new CountDownLatch(all.size());
        for (int i = 0; i < all.size(); i++) {
            Session session = all.get(i);
            long delay = over.toMillis() * i / all.size();
            timer.schedule(() -> session.execute(() -> sendAway(session, open)), delay, TimeUnit.MILLISECONDS);
        }
        boolean empty = open.await(over.toMillis() + 2L * LAST_ANSWERS_MILLIS_MAX, TimeUnit.MILLISECONDS);
        log.info("drained left={}", empty ? 0 : open.getCount());
    }

    private void sendAway(Session session, CountDownLatch open) {
        session.goAway(answers.goingAway(ThreadLocalRandom.current().nextInt(RECONNECT_MILLIS_MAX)));
        closeWhenAnswered(session, System.nanoTime(), LAST_ANSWERS_MILLIS_MIN);
        // Last: it may have closed before, and with the last one the timer ends.
        session.onClosed(open::countDown);
    }

    private void closeWhenAnswered(Session session, long since, int waitMillis) {
        timer.schedule(() -> session.execute(() -> closeIfAnswered(session, since)), waitMillis, TimeUnit.MILLISECONDS);
    }

    private void closeIfAnswered(Session session, long since) {
        if (session.closing().isPresent()) {
            return;
        }
        boolean late = System.nanoTime() - since > TimeUnit.MILLISECONDS.toNanos(LAST_ANSWERS_MILLIS_MAX);
        if (late || session.unanswered() == 0) {
            session.close(Disconnect.GOING_AWAY);
        } else {
            closeWhenAnswered(session, since, LAST_ANSWERS_CHECK_MILLIS);
        }
    }
}

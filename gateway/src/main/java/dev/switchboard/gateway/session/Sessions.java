package dev.switchboard.gateway.session;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The sessions of this gateway, by user, and those of admins besides. Any thread may call it. Invariant: a listed session has
 * passed authentication, and the arrays handed out never change.
 */
public final class Sessions {
    private static final Session[] NONE = new Session[0];

    private final ConcurrentMap<String, Session[]> byUser = new ConcurrentHashMap<>();
    private volatile Session[] admins = NONE;

    /** Lists a session. Answers how many the user has now. */
    public int add(Session session) {
        Session[] now = byUser.merge(session.user(), new Session[] {session}, (old, added) -> with(old, session));
        if (session.isAdmin()) {
            synchronized (this) {
                admins = with(admins, session);
            }
        }
        return now.length;
    }

    /** Unlists a session. Answers how many the user has left. */
    public int remove(Session session) {
        Session[] left = byUser.computeIfPresent(session.user(), (user, old) -> {
            Session[] rest = without(old, session);
            return rest.length == 0 ? null : rest;
        });
        if (session.isAdmin()) {
            synchronized (this) {
                admins = without(admins, session);
            }
        }
        return left == null ? 0 : left.length;
    }

    /** Oldest first. */
    public List<Session> ofUser(String user) {
        Session[] found = byUser.get(user);
        return found == null ? List.of() : Arrays.asList(found);
    }

    public List<Session> admins() {
        return Arrays.asList(admins);
    }

    public Collection<Session> all() {
        List<Session> all = new ArrayList<>();
        byUser.values().forEach(sessions -> all.addAll(Arrays.asList(sessions)));
        return all;
    }

    public int users() {
        return byUser.size();
    }

    private static Session[] with(Session[] old, Session session) {
        Session[] more = Arrays.copyOf(old, old.length + 1);
        more[old.length] = session;
        return more;
    }

    private static Session[] without(Session[] old, Session session) {
        return Arrays.stream(old).filter(each -> each != session).toArray(Session[]::new);
    }
}

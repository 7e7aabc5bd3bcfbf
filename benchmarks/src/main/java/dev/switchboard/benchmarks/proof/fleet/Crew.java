package dev.switchboard.benchmarks.proof.fleet;

import dev.switchboard.benchmarks.proof.fleet.client.ChatClient;
import dev.switchboard.benchmarks.proof.fleet.client.Link;
import dev.switchboard.benchmarks.proof.fleet.client.Scene;
import dev.switchboard.benchmarks.proof.ledger.Device;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/** All clients of a plan, by what they are there for. Confined to the event loop, but for its construction. */
final class Crew {
    /** Connections that are asked for at once, so that opening a fleet is no fault of its own. */
    private static final int OPENED_AT_ONCE = 20;

    private static final long OPENING_PAUSE_MILLIS = 25;

    private final FleetPlan.Crowd crowd;
    private final Scene scene;
    private final SplittableRandom random;
    private final List<ChatClient> users = new ArrayList<>();
    private final List<ChatClient> admins = new ArrayList<>();
    private final List<ChatClient> watchers = new ArrayList<>();
    private final List<ChatClient> idle = new ArrayList<>();
    private final List<ChatClient> pages = new ArrayList<>();
    private final List<ChatClient> all = new ArrayList<>();
    private int opened;

    Crew(FleetPlan plan, Scene scene) {
        this.crowd = plan.crowd();
        this.scene = scene;
        this.random = new SplittableRandom(~plan.seed());
        for (int i = 0; i < crowd.users(); i++) {
            users.add(client(userName(i), false, Device.Follows.OWN, i, Link.Pace.AT_ONCE));
        }
        for (int i = 0; i < crowd.admins(); i++) {
            boolean stops = i == 0 && crowd.reading().firstAdminStops();
            Link.Pace pace = stops ? new Link.Pace(true, 0) : Link.Pace.AT_ONCE;
            admins.add(client(crowd.prefix() + "admin" + i, true, Device.Follows.ALL, i, pace));
        }
        for (int i = 0; i < crowd.watchers(); i++) {
            watchers.add(client(crowd.prefix() + "watcher" + i, true, Device.Follows.NAMED, i, Link.Pace.AT_ONCE));
        }
        for (int i = 0; i < crowd.idle(); i++) {
            String name = "%sidle%04d".formatted(crowd.prefix(), i);
            idle.add(client(name, false, Device.Follows.OWN, i, Link.Pace.AT_ONCE));
        }
        for (int i = 0; i < crowd.reading().slowUsers(); i++) {
            Link.Pace slow = new Link.Pace(true, crowd.reading().bytesPerSecond());
            client(userName(i % crowd.users()), false, Device.Follows.OWN, i + 1, slow);
        }
    }

    /** Everybody who has not left. */
    List<ChatClient> all() {
        return all;
    }

    ChatClient user(int number) {
        return users.get(number);
    }

    List<ChatClient> users() {
        return users;
    }

    ChatClient admin(int number) {
        return admins.get(number);
    }

    String userName(int number) {
        return "%s%04d".formatted(crowd.prefix(), number);
    }

    /** Connects everybody, some at a time. */
    void open() {
        int to = Math.min(all.size(), opened + OPENED_AT_ONCE);
        for (; opened < to; opened++) {
            all.get(opened).connect();
        }
        if (opened < all.size()) {
            scene.loop().schedule(this::open, OPENING_PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    /** Watchers share the conversations among them. */
    void conversationOpened(int number, UUID conversation) {
        if (!watchers.isEmpty()) {
            watchers.get(number % watchers.size()).watch(conversation);
        }
    }

    ChatClient openPage(UUID conversation) {
        String name = "%spage%04d".formatted(crowd.prefix(), pages.size());
        ChatClient page = new ChatClient(
                scene,
                new ChatClient.Who(name, true, Device.Follows.NAMED, pages.size(), Link.Pace.AT_ONCE, 1),
                name,
                random.split());
        pages.add(page);
        all.add(page);
        page.watch(conversation);
        page.connect();
        return page;
    }

    /** So many of the idle users go for good. */
    void idleLeave(int count) {
        List<ChatClient> leaving = idle.subList(0, Math.min(count, idle.size()));
        leaving.forEach(ChatClient::leave);
        all.removeAll(leaving);
        leaving.clear();
    }

    void leave(ChatClient client) {
        client.leave();
        all.remove(client);
    }

    private ChatClient client(String user, boolean admin, Device.Follows follows, int home, Link.Pace pace) {
        String name = pace.slow() && !admin ? user + FleetPlan.Reading.SLOW_DEVICE : user;
        ChatClient.Who who = new ChatClient.Who(user, admin, follows, home, pace, 0);
        ChatClient client = new ChatClient(scene, who, name, random.split());
        all.add(client);
        return client;
    }
}

package dev.switchboard.benchmarks.proof.fleet;

import com.google.protobuf.ByteString;
import dev.switchboard.benchmarks.proof.fleet.client.ChatClient;
import dev.switchboard.benchmarks.proof.fleet.client.Heads;
import dev.switchboard.benchmarks.proof.fleet.client.Link;
import dev.switchboard.benchmarks.proof.fleet.client.Scene;
import dev.switchboard.benchmarks.proof.fleet.client.TokenSource;
import dev.switchboard.benchmarks.proof.fleet.content.HistoryReader;
import dev.switchboard.benchmarks.proof.fleet.content.Judge;
import dev.switchboard.benchmarks.proof.fleet.content.Letters;
import dev.switchboard.benchmarks.proof.fleet.content.Texts;
import dev.switchboard.benchmarks.proof.ledger.Device;
import dev.switchboard.benchmarks.proof.ledger.Ledger;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.Send;
import dev.switchboard.servers.Await;
import dev.switchboard.wire.WireUuid;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * All clients of one plan on one event loop, and what drives them. The methods may be called from one thread outside; each does
 * its work on that loop.
 */
public final class Fleet implements AutoCloseable {
    private static final Duration STEP_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration CONNECTED_TIMEOUT = Duration.ofSeconds(90);
    private static final long TICK_MILLIS = 100;
    /** Connections that are asked for at once, so that opening a fleet is no fault of its own. */
    private static final int OPENED_AT_ONCE = 20;

    private static final long OPENING_PAUSE_MILLIS = 25;

    private final FleetPlan plan;
    private final MultiThreadIoEventLoopGroup group;
    private final EventLoop loop;
    private final HistoryReader history = new HistoryReader();
    private final Ledger ledger;
    private final Scene scene;
    private final SplittableRandom random;
    private final List<Step> steps;
    private final List<ChatClient> users = new ArrayList<>();
    private final List<ChatClient> admins = new ArrayList<>();
    private final List<ChatClient> others = new ArrayList<>();
    private final List<ChatClient> watchers = new ArrayList<>();
    /** Messages that will be repeated, by number. */
    private final Map<Integer, Said> said = new HashMap<>();

    private final Set<Integer> repeated = new HashSet<>();
    private int nextStep;
    private long talkStart;
    private boolean stopped;

    /** A message and who said it. */
    private record Said(ChatClient speaker, Send send) {}

    private Fleet(FleetPlan plan, List<URI> gateways, TokenSource tokens, Ledger ledger) {
        this.plan = plan;
        this.ledger = ledger;
        this.random = new SplittableRandom(~plan.seed());
        this.steps = Schedule.of(plan);
        for (Step step : steps) {
            if (step instanceof Step.Again again) {
                repeated.add(again.number());
            }
        }
        this.group = new MultiThreadIoEventLoopGroup(
                1,
                new DefaultThreadFactory("proof-fleet"),
                Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
        this.loop = group.next();
        boolean staffTalks = plan.talk().adminShare() > 0 && plan.talk().staffShare() > 0;
        Texts texts = new Texts(plan.seed(), plan.talk().bytesMin(), plan.talk().bytesMax());
        Letters letters = new Letters(texts, plan.seed(), System.currentTimeMillis());
        this.scene = new Scene(
                loop, List.copyOf(gateways), tokens, history, ledger, letters, new Heads(this::opened), staffTalks);
    }

    /** Connects everybody and begins to talk; all are welcomed on return. */
    public static Fleet start(FleetPlan plan, List<URI> gateways, TokenSource tokens, Ledger ledger) {
        Fleet fleet = new Fleet(plan, gateways, tokens, ledger);
        try {
            fleet.start();
            return fleet;
        } catch (RuntimeException e) {
            fleet.close();
            throw e;
        }
    }

    /** Nobody says anything new; what was said is still delivered. */
    public void stopSending() {
        ask(() -> stopped = true);
    }

    /** Everybody sends what they have said until now once more with the same ids, through another gateway. How many that were. */
    public int sayAllAgain() {
        return ask(() -> {
            int count = 0;
            for (Step step : steps.subList(0, nextStep)) {
                if (step instanceof Step.Say say) {
                    speaker(say).again(send(say), true);
                    count++;
                }
            }
            return count;
        });
    }

    /** True when the schedule is through, or was stopped. */
    public boolean talkIsOver() {
        return ask(() -> stopped || nextStep >= steps.size());
    }

    /** Waits until everything said is stored or finally refused, and everybody stands at the heads. What is left, if it takes longer. */
    public List<String> awaitQuiet(Duration timeout) {
        Await.until(timeout, () -> unquiet().isEmpty());
        return unquiet();
    }

    /** Slow readers take everything from now on. */
    public void readAgain() {
        ask(() -> {
            all().forEach(ChatClient::readAtOnce);
            return true;
        });
    }

    /**
     * A page that opens one conversation, by an administrator: follows it, loads the newest page of its history, and goes on with
     * what is said. Returns its device; {@link #closePage} ends it.
     */
    public int openPage(UUID conversation) {
        return ask(() -> {
            int number = others.size();
            String name = "%spage%04d".formatted(plan.crowd().prefix(), number);
            ChatClient.Who who = new ChatClient.Who(name, true, Device.Follows.NAMED, number, Link.Pace.AT_ONCE, 1);
            ChatClient page = new ChatClient(scene, who, name, random.split());
            others.add(page);
            page.watch(conversation);
            page.connect();
            return page.device();
        });
    }

    /** True when a page has loaded and shows everything it knows of. */
    public boolean pageIsWhole(int device) {
        return ask(() -> others.stream().filter(page -> page.device() == device).allMatch(ChatClient::isWhole));
    }

    /** Somebody closes a page. What it showed until then is judged. */
    public void closePage(int device) {
        ask(() -> {
            others.stream().filter(page -> page.device() == device).forEach(ChatClient::leave);
            return true;
        });
    }

    /** The conversations that users of this fleet opened, by user. */
    public Map<String, UUID> conversations() {
        return ask(() -> Map.copyOf(scene.heads().conversations()));
    }

    /** How many clients are connected. */
    public int connected() {
        return ask(() -> (int) all().stream().filter(ChatClient::welcomed).count());
    }

    /** Requests to history made so far by all clients. */
    public long historyRequests() {
        return history.requests();
    }

    /** Writes into the ledger what history says now of every lane the ledger knows; asks that gateway. */
    public void recordHistory(URI gateway) {
        String judge = plan.crowd().prefix() + "judge";
        new Judge(history, ledger, judge, scene.tokens().issue(judge, true)).record(gateway);
    }

    @Override
    public void close() {
        if (group.isShuttingDown()) {
            return;
        }
        loop.execute(() -> {
            stopped = true;
            all().forEach(ChatClient::close);
        });
        group.shutdownGracefully(200, 3_000, TimeUnit.MILLISECONDS).awaitUninterruptibly();
        history.close();
    }

    private void start() {
        ask(() -> {
            populate();
            openSome(0);
            return true;
        });
        boolean welcomed =
                Await.until(CONNECTED_TIMEOUT, () -> ask(() -> all().stream().allMatch(ChatClient::welcomed)));
        if (!welcomed) {
            throw new IllegalStateException("connected: " + connected() + " of " + all().size());
        }
        if (plan.trouble().pairs()) {
            ask(() -> {
                users.forEach(ChatClient::connectTwice);
                return true;
            });
            Await.until(CONNECTED_TIMEOUT, () -> ask(() -> users.stream().allMatch(ChatClient::welcomedTwice)));
        }
        ask(() -> {
            talkStart = System.nanoTime();
            loop.scheduleAtFixedRate(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
            pace();
            return true;
        });
    }

    private void populate() {
        FleetPlan.Crowd crowd = plan.crowd();
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
            boolean slow = i < crowd.reading().slowUsers();
            Link.Pace pace = slow ? new Link.Pace(true, crowd.reading().bytesPerSecond()) : Link.Pace.AT_ONCE;
            others.add(client("%sidle%04d".formatted(crowd.prefix(), i), false, Device.Follows.OWN, i, pace));
        }
    }

    private ChatClient client(String user, boolean admin, Device.Follows follows, int home, Link.Pace pace) {
        return new ChatClient(scene, new ChatClient.Who(user, admin, follows, home, pace, 0), user, random.split());
    }

    private String userName(int number) {
        return "%s%04d".formatted(plan.crowd().prefix(), number);
    }

    private void openSome(int from) {
        List<ChatClient> all = all();
        int to = Math.min(all.size(), from + OPENED_AT_ONCE);
        all.subList(from, to).forEach(ChatClient::connect);
        if (to < all.size()) {
            loop.schedule(() -> openSome(to), OPENING_PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private List<ChatClient> all() {
        List<ChatClient> all = new ArrayList<>(users);
        all.addAll(admins);
        all.addAll(watchers);
        all.addAll(others);
        return all;
    }

    /** Watchers share the conversations among them. */
    private void opened(String owner, UUID conversation) {
        if (!watchers.isEmpty()) {
            int number = scene.heads().conversations().size();
            watchers.get(number % watchers.size()).watch(conversation);
        }
    }

    private void tick() {
        long now = System.nanoTime();
        all().forEach(client -> client.tick(now));
    }

    /** Does what is due and comes again when the next step is. */
    private void pace() {
        if (stopped) {
            return;
        }
        long now = System.nanoTime() - talkStart;
        while (nextStep < steps.size() && steps.get(nextStep).at() <= now) {
            carryOut(steps.get(nextStep++));
        }
        if (nextStep < steps.size()) {
            long wait = steps.get(nextStep).at() - (System.nanoTime() - talkStart);
            loop.schedule(this::pace, Math.max(0, wait), TimeUnit.NANOSECONDS);
        }
    }

    private void carryOut(Step step) {
        if (step instanceof Step.Say say) {
            ChatClient speaker = speaker(say);
            Send send = send(say);
            if (repeated.contains(say.number())) {
                said.put(say.number(), new Said(speaker, send));
            }
            speaker.say(say.number(), send);
        } else if (step instanceof Step.Again again) {
            Said first = said.remove(again.number());
            if (first != null) {
                first.speaker().again(first.send(), again.otherGateway());
            }
        } else if (step instanceof Step.Reconnect reconnect) {
            ChatClient who = reconnect.admin() ? admins.get(reconnect.who()) : users.get(reconnect.who());
            who.reconnect(reconnect.abruptly(), reconnect.otherGateway());
        }
    }

    private ChatClient speaker(Step.Say say) {
        return say.admin() ? admins.get(say.speaker()) : users.get(say.speaker());
    }

    private Send send(Step.Say say) {
        Send.Builder send = Send.newBuilder()
                .setClientMsgId(scene.letters().idBytes(say.number()))
                .setText(scene.letters().text(say.number()));
        String about = userName(say.about());
        UUID conversation = scene.heads().conversations().get(about);
        if (say.staff() && conversation != null) {
            return send.setLane(Lane.STAFF)
                    .setConversation(ByteString.copyFrom(WireUuid.bytes(conversation)))
                    .build();
        }
        // Nobody can write a note about what was not opened yet: then the owner reads it.
        return say.admin() ? send.setOwner(about).build() : send.build();
    }

    private List<String> unquiet() {
        return ask(() -> {
            List<String> left = new ArrayList<>();
            for (ChatClient client : all()) {
                String why = client.unquiet();
                if (!why.isEmpty()) {
                    left.add(client.user() + ": " + why);
                }
            }
            return left;
        });
    }

    private <T> T ask(Supplier<T> question) {
        return await(CompletableFuture.supplyAsync(question, loop));
    }

    private static <T> T await(CompletableFuture<T> answer) {
        try {
            return answer.get(STEP_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(String.valueOf(e.getCause()), e);
        } catch (TimeoutException e) {
            throw new IllegalStateException("no answer within " + STEP_TIMEOUT.toSeconds() + " s", e);
        }
    }
}

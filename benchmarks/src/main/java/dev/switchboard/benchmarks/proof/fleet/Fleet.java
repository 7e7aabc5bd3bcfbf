package dev.switchboard.benchmarks.proof.fleet;

import dev.switchboard.benchmarks.proof.fleet.client.ChatClient;
import dev.switchboard.benchmarks.proof.fleet.client.Heads;
import dev.switchboard.benchmarks.proof.fleet.client.Scene;
import dev.switchboard.benchmarks.proof.fleet.client.TokenSource;
import dev.switchboard.benchmarks.proof.fleet.content.HistoryReader;
import dev.switchboard.benchmarks.proof.fleet.content.Letters;
import dev.switchboard.benchmarks.proof.fleet.content.Texts;
import dev.switchboard.benchmarks.proof.ledger.Device;
import dev.switchboard.benchmarks.proof.ledger.Event;
import dev.switchboard.benchmarks.proof.ledger.LaneKey;
import dev.switchboard.benchmarks.proof.ledger.Ledger;
import dev.switchboard.servers.Await;
import dev.switchboard.wire.Position;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * All clients of one plan on one event loop, and what drives them. The methods may be called from one thread outside; each does
 * its work on that loop. Write the ledger after {@link #close}: tries without an answer are known to be unknown only then.
 */
public final class Fleet implements AutoCloseable {
    private static final Duration STEP_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration CONNECTED_TIMEOUT = Duration.ofSeconds(90);
    private static final Duration HISTORY_TIMEOUT = Duration.ofSeconds(30);
    private static final long TICK_MILLIS = 100;

    private final FleetPlan plan;
    private final Ledger ledger;
    private final MultiThreadIoEventLoopGroup group;
    private final EventLoop loop;
    private final HistoryReader history = new HistoryReader();
    private final Scene scene;
    private final Crew crew;
    private final Conductor conductor;

    private Fleet(FleetPlan plan, List<URI> gateways, TokenSource tokens, Ledger ledger) {
        this.plan = plan;
        this.ledger = ledger;
        this.group = new MultiThreadIoEventLoopGroup(
                1,
                new DefaultThreadFactory("proof-fleet"),
                Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
        this.loop = group.next();
        FleetPlan.Talk talk = plan.talk();
        Texts texts = new Texts(plan.seed(), talk.bytesMin(), talk.bytesMax());
        this.scene = new Scene(
                loop,
                List.copyOf(gateways),
                tokens,
                history,
                ledger,
                new Letters(texts, plan.seed(), System.currentTimeMillis()),
                new Heads(this::opened),
                talk.adminShare() > 0 && talk.staffShare() > 0);
        this.crew = new Crew(plan, scene);
        this.conductor = new Conductor(plan, crew, scene);
    }

    /** Connects everybody and begins to talk; all are welcomed on return. */
    public static Fleet start(FleetPlan plan, List<URI> gateways, TokenSource tokens, Ledger ledger) {
        Fleet fleet = connect(plan, gateways, tokens, ledger);
        try {
            if (!fleet.awaitConnected(CONNECTED_TIMEOUT)) {
                throw new IllegalStateException("not everybody is connected: " + fleet.connected());
            }
            fleet.talk();
            return fleet;
        } catch (RuntimeException e) {
            fleet.close();
            throw e;
        }
    }

    /** Begins to connect everybody. Nobody says anything before {@link #talk}. */
    public static Fleet connect(FleetPlan plan, List<URI> gateways, TokenSource tokens, Ledger ledger) {
        Fleet fleet = new Fleet(plan, gateways, tokens, ledger);
        fleet.tell(() -> {
            fleet.loop.scheduleAtFixedRate(fleet::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
            fleet.crew.open();
            if (plan.trouble().pairs()) {
                fleet.crew.users().forEach(ChatClient::connectTwice);
            }
        });
        return fleet;
    }

    /** How many clients are connected. */
    public int connected() {
        return ask(() -> (int) crew.all().stream().filter(ChatClient::welcomed).count());
    }

    /** True when everybody was connected at once. */
    public boolean awaitConnected(Duration timeout) {
        boolean pairs = plan.trouble().pairs();
        return Await.until(
                timeout,
                () -> ask(() -> crew.all().stream().allMatch(ChatClient::welcomed)
                        && (!pairs || crew.users().stream().allMatch(ChatClient::welcomedTwice))));
    }

    /** Begins with the schedule of the plan. */
    public void talk() {
        tell(conductor::start);
    }

    /** True when the schedule is through, or was stopped. */
    public boolean talkIsOver() {
        return ask(conductor::isOver);
    }

    /** Nobody says anything new; what was said is still delivered. */
    public void stopSending() {
        tell(conductor::stop);
    }

    /** The id that the schedule gives to the message of that number. */
    public UUID id(int number) {
        return scene.letters().id(number);
    }

    /**
     * Everybody sends what they have said until now once more with the same ids, through another gateway. How many messages that
     * are. Not for a plan with notes of staff: what was none for lack of a conversation would be one now.
     */
    public int sayAllAgain() {
        return ask(conductor::repeatAll);
    }

    /** Slow readers take everything from now on. */
    public void readAgain() {
        tell(() -> crew.all().forEach(ChatClient::readAtOnce));
    }

    /** So many of the idle users go for good. */
    public void idleLeave(int count) {
        tell(() -> crew.idleLeave(count));
    }

    /**
     * A page that opens one conversation, by an administrator: follows it, loads the newest page of its history, and goes on with
     * what is said. Returns its device; {@link #closePage} ends it.
     */
    public int openPage(UUID conversation) {
        return ask(() -> crew.openPage(conversation).device());
    }

    /** True when a page has loaded and shows everything it knows of. */
    public boolean pageIsWhole(int device) {
        return ask(() ->
                crew.all().stream().filter(page -> page.device() == device).allMatch(ChatClient::isWhole));
    }

    /** Somebody closes a page. What it showed until then is judged. */
    public void closePage(int device) {
        tell(() -> List.copyOf(crew.all()).stream()
                .filter(page -> page.device() == device)
                .forEach(crew::leave));
    }

    /** The conversations that users of this fleet opened, by user. */
    public Map<String, UUID> conversations() {
        return ask(() -> Map.copyOf(scene.heads().conversations()));
    }

    /** Requests to history made so far by all clients. */
    public long historyRequests() {
        return history.requests();
    }

    /** Those that failed, by reason. */
    public Map<String, Integer> historyFailures() {
        return history.failures();
    }

    /**
     * Waits until everything said is stored or finally refused, and everybody is connected and stands at the heads. Returns what is
     * not so when the time is over; nothing if all is quiet.
     */
    public List<String> awaitQuiet(Duration timeout) {
        Await.until(timeout, () -> unquiet().isEmpty());
        return unquiet();
    }

    /** Writes into the ledger what history says now of every lane the ledger knows; asks that gateway. */
    public void recordHistory(URI gateway) {
        String judge = plan.crowd().prefix() + "judge";
        int device = ledger.device(new Device("history", judge, Device.Follows.NOTHING));
        String token = scene.tokens().issue(judge, true);
        List<LaneKey> lanes = ledger.lanes();
        for (int number = 0; number < lanes.size(); number++) {
            HistoryReader.Loaded loaded = readLane(gateway, token, lanes.get(number));
            ledger.record(Event.Kind.ASKED_HISTORY, device, Ledger.NONE, number, Position.START, 0);
            for (HistoryReader.Line line : loaded.lines()) {
                int message = ledger.message(line.clientMsgId(), line.sender());
                ledger.record(Event.Kind.HISTORY, device, message, number, line.position(), 0);
            }
        }
    }

    @Override
    public void close() {
        if (group.isShuttingDown()) {
            return;
        }
        loop.execute(() -> {
            conductor.stop();
            crew.all().forEach(ChatClient::close);
        });
        group.shutdownGracefully(200, 3_000, TimeUnit.MILLISECONDS).awaitUninterruptibly();
        history.close();
    }

    private void opened(String owner, UUID conversation) {
        crew.conversationOpened(scene.heads().conversations().size(), conversation);
    }

    private void tick() {
        long now = System.nanoTime();
        crew.all().forEach(client -> client.tick(now));
    }

    private List<String> unquiet() {
        return ask(() -> {
            List<String> left = new ArrayList<>();
            for (ChatClient client : crew.all()) {
                String why = client.unquiet();
                if (!why.isEmpty()) {
                    left.add(client.user() + ": " + why);
                }
            }
            return left;
        });
    }

    private HistoryReader.Loaded readLane(URI gateway, String token, LaneKey lane) {
        AtomicReference<HistoryReader.Loaded> found = new AtomicReference<>();
        AtomicReference<String> why = new AtomicReference<>("");
        Await.until(HISTORY_TIMEOUT, () -> {
            try {
                found.set(await(history.laneIfThere(gateway, token, lane.conversation(), lane.lane())));
            } catch (IllegalStateException e) {
                why.set(String.valueOf(e.getMessage()));
            }
            return found.get() != null;
        });
        HistoryReader.Loaded loaded = found.get();
        if (loaded == null) {
            throw new IllegalStateException("history of " + lane + " can't be read: " + why.get());
        }
        return loaded;
    }

    private void tell(Runnable task) {
        await(CompletableFuture.runAsync(task, loop));
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

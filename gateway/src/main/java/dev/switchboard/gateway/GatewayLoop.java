package dev.switchboard.gateway;

import dev.switchboard.gateway.api.facade.SupportChatFacade;
import dev.switchboard.gateway.api.http.HttpDoor;
import dev.switchboard.gateway.api.http.Routes;
import dev.switchboard.gateway.api.page.WebRoutes;
import dev.switchboard.gateway.api.rest.ConversationEndpoints;
import dev.switchboard.gateway.api.session.RevocationEndpoints;
import dev.switchboard.gateway.api.session.SessionEndpoints;
import dev.switchboard.gateway.api.ws.Answers;
import dev.switchboard.gateway.api.ws.FrameHandler;
import dev.switchboard.gateway.api.ws.Hints;
import dev.switchboard.gateway.api.ws.NativeDoor;
import dev.switchboard.gateway.api.ws.Reception;
import dev.switchboard.gateway.auth.Identity;
import dev.switchboard.gateway.auth.Revocations;
import dev.switchboard.gateway.desk.ExtendSession;
import dev.switchboard.gateway.desk.MarkRead;
import dev.switchboard.gateway.desk.ReadHistory;
import dev.switchboard.gateway.desk.RenewIdentity;
import dev.switchboard.gateway.desk.ResumeLanes;
import dev.switchboard.gateway.desk.RetryAdvice;
import dev.switchboard.gateway.desk.RevokeAccess;
import dev.switchboard.gateway.desk.SendMessage;
import dev.switchboard.gateway.desk.SharedRates;
import dev.switchboard.gateway.desk.SignOut;
import dev.switchboard.gateway.desk.WatchConversation;
import dev.switchboard.gateway.history.ConversationHistory;
import dev.switchboard.gateway.history.ConversationList;
import dev.switchboard.gateway.history.HistoryDatabase;
import dev.switchboard.gateway.history.LaneCatchUp;
import dev.switchboard.gateway.history.UserMessages;
import dev.switchboard.gateway.log.AccessCounts;
import dev.switchboard.gateway.log.Confirmation;
import dev.switchboard.gateway.log.Durability;
import dev.switchboard.gateway.log.InFlight;
import dev.switchboard.gateway.log.LaneReader;
import dev.switchboard.gateway.log.LoopLog;
import dev.switchboard.gateway.log.RedisFitness;
import dev.switchboard.gateway.log.RedisLine;
import dev.switchboard.gateway.log.lane.OpenConversations;
import dev.switchboard.gateway.log.lane.PageReader;
import dev.switchboard.gateway.log.lane.ReadMarkLog;
import dev.switchboard.gateway.net.LoopLag;
import dev.switchboard.gateway.net.PublicPipeline;
import dev.switchboard.gateway.ops.GatewayMeters;
import dev.switchboard.gateway.room.Notices;
import dev.switchboard.gateway.room.Rooms;
import dev.switchboard.gateway.room.SessionNotes;
import dev.switchboard.gateway.session.Heartbeats;
import dev.switchboard.gateway.session.OutboundTotal;
import dev.switchboard.gateway.session.Session;
import dev.switchboard.gateway.session.Sessions;
import dev.switchboard.gateway.session.TickFlush;
import dev.switchboard.gateway.session.WireFormat;
import dev.switchboard.wire.RoutedFrame;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.time.Clock;
import java.util.concurrent.TimeUnit;

/**
 * Everything that belongs to one event loop and is touched by no other thread: its line to Redis, its use cases, its
 * connections. A message from its frame to its answer stays in here.
 */
final class GatewayLoop {
    private static final int NOTICE_SWEEP_MILLIS = 250;

    private final EventLoop loop;
    private final RedisLine line;
    private final LoopLag lag = new LoopLag(System::nanoTime);
    private final RedisLine appends;
    private final Confirmation confirmation;
    private final LoopLog log;
    private final Notices notices;
    private final Heartbeats heartbeats;
    private final ResumeLanes resume;
    private final MarkRead marks;
    private final NativeDoor door;
    private final Reception reception;
    private final Session.LoopParts parts;
    private final GatewayMeters meters;
    private final Routes routes;
    private final HttpDoor httpDoor;
    private final Hints hints;

    GatewayLoop(int number, EventLoop loop, RedisLine line, Notices notices, GatewayConfig config, Shared shared) {
        this.loop = loop;
        this.line = line;
        this.notices = notices;
        meters = shared.meters();
        LaneReader lanes = new LaneReader(line, config.log());
        // What waits for replicas holds up its connection.
        appends = config.redis().promise() instanceof Durability.Replicated ? line.unbroken() : line;
        confirmation = Confirmation.of(config.redis().promise(), appends, lanes, config.log());
        log = new LoopLog(appends, shared.redis(), shared.inFlight(), config.log(), confirmation, meters);
        heartbeats = new Heartbeats(loop, config.session(), shared.clock(), meters, shared.revocations());
        resume = new ResumeLanes(lanes, new LaneCatchUp(lanes, shared.history(), loop), shared.advice(), meters);
        SendMessage send = new SendMessage(
                log, lanes, config.speech().text(), config.speech().rates(), new MessageIds(shared.clock()));
        marks = new MarkRead(new ReadMarkLog(line, shared.redis(), config.log())::raise, System::nanoTime);
        door = new NativeDoor(
                new NativeDoor.UseCases(send, new WatchConversation(resume), resume, marks, shared.renew()),
                shared.answers(),
                meters);
        OpenConversations open = new OpenConversations(line, config.log());
        hints = new Hints(
                new Hints.Parts(loop, resume, open, shared.answers(), meters),
                config.session().beaconInterval());
        reception = new Reception(
                shared.sessions(),
                shared.rooms(),
                resume,
                heartbeats,
                hints,
                shared.answers(),
                new Reception.Rules(config.session().connectionsPerUserMax(), meters));
        parts = new Session.LoopParts(number, new TickFlush(loop), shared.outbound(), config.session(), meters);
        routes = routes(config, shared, history(lanes, open, config, shared));
        SharedRates rates = new SharedRates(
                new AccessCounts(line), config.http().user(), config.http().admin());
        httpDoor = new HttpDoor(routes, shared.httpGuards(), rates::admit);
    }

    private ReadHistory history(LaneReader lanes, OpenConversations open, GatewayConfig config, Shared shared) {
        PageReader pages = new PageReader(line, config.log());
        ConversationHistory history = new ConversationHistory(pages, shared.history(), loop);
        ConversationList list =
                new ConversationList(new ConversationList.Redis(lanes, pages, open), shared.history(), loop);
        return new ReadHistory(
                history,
                list,
                new UserMessages(history, list, shared.history(), loop),
                config.http().page());
    }

    /** Everything that is served over HTTP. */
    private Routes routes(GatewayConfig config, Shared shared, ReadHistory history) {
        Routes table = new Routes();
        SessionNotes notes = shared.sessionNotes();
        new SessionEndpoints(
                        resume,
                        new ExtendSession(notes),
                        new SignOut(notes, shared.revoke()),
                        new SessionEndpoints.Announced(
                                config.announced(), config.auth().cookieName(), shared.clock()))
                .addTo(table);
        new RevocationEndpoints(shared.revoke()).addTo(table);
        new ConversationEndpoints(history).addTo(table);
        new SupportChatFacade(history, shared.history()).addTo(table);
        shared.web().addTo(table);
        return table;
    }

    /** What all loops share; each part may be called from any thread. */
    record Shared(
            Sessions sessions,
            Rooms rooms,
            RedisFitness redis,
            InFlight inFlight,
            OutboundTotal outbound,
            RenewIdentity renew,
            Revocations revocations,
            RevokeAccess revoke,
            SessionNotes sessionNotes,
            HttpDoor.Guards httpGuards,
            WebRoutes web,
            HistoryDatabase history,
            RetryAdvice advice,
            Answers answers,
            GatewayMeters meters,
            Clock clock) {}

    Routes routes() {
        return routes;
    }

    HttpDoor httpDoor() {
        return httpDoor;
    }

    void start() {
        line.start();
        if (appends != line) {
            appends.start();
        }
        log.start();
        lag.start(loop);
        heartbeats.start();
        hints.start();
        loop.scheduleWithFixedDelay(
                meters.guarded("sweep", this::sweep), NOTICE_SWEEP_MILLIS, NOTICE_SWEEP_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void sweep() {
        notices.sweep();
        marks.sweep();
        parts.total().sweep(parts.number());
    }

    void stop() {
        line.close();
        appends.close();
    }

    RedisLine line() {
        return line;
    }

    /** False while sends of this loop would be refused. */
    boolean connected() {
        return line.connected() && appends.connected();
    }

    /** How late it is. */
    LoopLag lag() {
        return lag;
    }

    /** False while its appends wait for Redis for long. */
    boolean keepsUp() {
        return !log.behind();
    }

    /** What is between the log and ACCEPTED. */
    Confirmation confirmation() {
        return confirmation;
    }

    /** A lane is stored up to here. Any thread. */
    void stored(RoutedFrame watermark) {
        loop.execute(() -> confirmation.stored(watermark));
    }

    /** Whether this is its event loop. */
    boolean runsOn(EventLoop eventLoop) {
        return eventLoop == loop;
    }

    boolean runs(Channel channel) {
        return channel.eventLoop() == loop;
    }

    /** Makes a session of a channel whose handshake succeeded. */
    void open(Channel channel, long id, Identity identity, WireFormat format, long startedNanos, Runnable leave) {
        Session session = new Session(id, identity, channel, format, parts);
        try {
            PublicPipeline.upgrade(channel.pipeline(), new FrameHandler(session, door));
            reception.arrived(session, startedNanos);
        } finally {
            // Last: where the peer is gone already this runs at once, and must find what arrived has set up.
            channel.closeFuture().addListener(closed -> {
                reception.left(session);
                marks.left(session.id());
                leave.run();
            });
        }
    }

    /** What tells connections of a gap. */
    Hints hints() {
        return hints;
    }
}

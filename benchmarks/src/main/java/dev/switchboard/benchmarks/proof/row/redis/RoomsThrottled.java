package dev.switchboard.benchmarks.proof.row.redis;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.switchboard.benchmarks.proof.Evidence;
import dev.switchboard.benchmarks.proof.Numbers;
import dev.switchboard.benchmarks.proof.Row;
import dev.switchboard.benchmarks.proof.RowContext;
import dev.switchboard.benchmarks.proof.Trial;
import dev.switchboard.benchmarks.proof.fleet.FleetPlan;
import dev.switchboard.benchmarks.proof.ledger.Timings;
import dev.switchboard.benchmarks.proof.link.LinkMode;
import dev.switchboard.benchmarks.proof.link.TcpProxy;
import dev.switchboard.benchmarks.proof.site.LogScan;
import dev.switchboard.benchmarks.proof.site.ProgramPlan;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.benchmarks.proof.site.RedisShell;
import dev.switchboard.benchmarks.proof.site.Service;
import dev.switchboard.benchmarks.proof.site.SiteLinks;
import dev.switchboard.benchmarks.proof.site.SitePlan;
import dev.switchboard.benchmarks.proof.site.Vitals;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * F11: the line on which one gateway hears publications is too slow for them, until Redis gives that connection up. Has no state.
 */
public final class RoomsThrottled implements Row {
    /** What Redis does where nobody says otherwise. */
    private static final String LIMIT_SETTING = "client-output-buffer-limit";

    private static final String LIMIT = "pubsub 32mb 8mb 60";
    private static final Pattern CUT_OFF = Pattern.compile("closed ASAP for overcoming of output buffer limits");
    private static final int BYTES_PER_SECOND = 10_000;
    private static final int FILLER_BYTES = 64 * 1024;
    private static final int FILLERS = 1_024;
    /** One that no version of a publication has: whoever reads it skips it. */
    private static final int UNKNOWN_FIELD = 1_000;

    private static final Duration TALK = Duration.ofSeconds(30);
    private static final double FROM = 5;
    private static final double UNTIL = 20;
    private static final double WATCHED_UNTIL = 32;
    private static final double LOOK_EVERY = 0.25;
    /** A beacon's interval, and what asking takes: so long a tail may stay unheard of. */
    private static final Duration SHOWN_MAX = Duration.ofSeconds(20);

    private static final long RSS_MORE_MAX = 100L << 20;
    private static final double MIB = 1 << 20;
    /** The young generation takes its memory at the start and not by and by: more than that is what was kept. */
    private static final ProgramPlan TOUCHED =
            ProgramPlan.USUAL.withJava("-Xms350m").withJava("-XX:+AlwaysPreTouch");

    @Override
    public String id() {
        return "F11";
    }

    @Override
    public String title() {
        return "one gateway's subscriptions at 10 kB/s and 64 MB published, so that Redis cuts it off";
    }

    @Override
    public Evidence run(RowContext context) throws Exception {
        ProofSite site =
                context.freshSite(SitePlan.USUAL.withRedis(LIMIT_SETTING, LIMIT).with(SitePlan.GATEWAY, TOUCHED));
        TcpProxy link = site.links().gatewayRedis().get(0);
        Service gateway = site.gateways().get(0);
        FleetPlan plan = FleetPlan.usual(context.seed(), TALK);
        // The first who are connected and silent are at the first gateway: nobody else hears what is said to them.
        plan = plan.with(plan.crowd().withIdle(1))
                .with(new FleetPlan.Trouble(plan.trouble().againShare(), 0, false));
        try (Trial trial = context.trial(site, plan);
                RedisShell redis = RedisShell.open(site)) {
            trial.awaitSecond(FROM);
            LogScan log = LogScan.fromNow(site.redis().log());
            long rss = Vitals.rss(gateway.pid());
            long from = trial.now();
            link.mode(LinkMode.throttle(BYTES_PER_SECOND), connection -> connection.said(SiteLinks.SUBSCRIBE));
            int[] heard = {0};
            long published = trial.mark("64 MB published", () -> heard[0] = fill(redis));
            long most = mostMemory(trial, gateway, UNTIL);
            long healed = trial.mark("heal", () -> link.mode(LinkMode.PASS));
            trial.mark("publications at 10 kB/s", from, healed);
            most = Math.max(most, mostMemory(trial, gateway, WATCHED_UNTIL));
            Evidence evidence = trial.end();
            List<String> cuts = log.lines(CUT_OFF);
            judge(evidence, trial.timings(), from, healed, most - rss);
            return evidence.check(
                            "Redis",
                            "cuts a connection off: its buffer is full",
                            cuts.isEmpty() ? "did not" : cuts.get(0),
                            !cuts.isEmpty() && heard[0] < FILLERS)
                    .number("publications until the cut", Integer.toString(heard[0]))
                    .number("published within", Numbers.seconds(Duration.ofNanos(published - from)));
        }
    }

    private static void judge(Evidence evidence, Timings timings, long from, long healed, long rssMore) {
        Optional<Duration> shown = timings.shownAfter(healed, from, healed);
        Map<Integer, Integer> dropped = timings.closes(from, healed);
        evidence.check(
                        "what was accepted meanwhile",
                        "shown everywhere up to " + Numbers.seconds(SHOWN_MAX) + " after the line is fast again",
                        shown.map(Numbers::seconds).orElse("nothing was late"),
                        shown.isPresent() && shown.get().compareTo(SHOWN_MAX) <= 0)
                .check("sockets dropped", "none", dropped.toString(), dropped.isEmpty())
                .check(
                        "memory of the gateway",
                        "up to %.0f MiB more".formatted(RSS_MORE_MAX / MIB),
                        "%.1f MiB more".formatted(rssMore / MIB),
                        rssMore <= RSS_MORE_MAX)
                .number("caught up", Numbers.seconds(shown))
                .number("memory", "%.1f MiB more".formatted(rssMore / MIB));
    }

    /** How many of the publications had somebody to hear them. */
    private static int fill(RedisShell redis) {
        List<String> rooms = redis.list("PUBSUB", "SHARDCHANNELS", "*:user:*idle0000");
        if (rooms.size() != 1) {
            throw new IllegalStateException("whose room is to be filled? " + rooms);
        }
        byte[] room = rooms.get(0).getBytes(StandardCharsets.UTF_8);
        byte[] filler = UnknownFieldSet.newBuilder()
                .addField(
                        UNKNOWN_FIELD,
                        UnknownFieldSet.Field.newBuilder()
                                .addLengthDelimited(ByteString.copyFrom(new byte[FILLER_BYTES]))
                                .build())
                .build()
                .toByteArray();
        int heard = 0;
        for (int i = 0; i < FILLERS; i++) {
            redis.send("SPUBLISH".getBytes(StandardCharsets.UTF_8), room, filler);
            String receivers = new String((byte[]) redis.skip(), StandardCharsets.UTF_8);
            heard += receivers.equals("0") ? 0 : 1;
        }
        return heard;
    }

    private static long mostMemory(Trial trial, Service gateway, double until) {
        long most = 0;
        long end = trial.start() + (long) (until * Duration.ofSeconds(1).toNanos());
        for (double second = FROM; trial.now() < end; second += LOOK_EVERY) {
            trial.awaitSecond(second);
            most = Math.max(most, Vitals.rss(gateway.pid()));
        }
        return most;
    }
}

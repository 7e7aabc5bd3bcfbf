package dev.switchboard.gateway.log;

import dev.switchboard.gateway.ops.GatewayMeters;
import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.Partition;
import dev.switchboard.wire.Script;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulRedisConnection;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The conversation log as one event loop sees it. Confined to that loop.
 *
 * <p>What always holds: messages go out in rounds of a block for each partition with something to say. On one Redis as many
 * blocks share a call as its bounds allow, mostly all; on a Cluster each has its own. All calls of a round are one write; Redis
 * takes them in one turn and syncs its disk once for all. What arrives during a round goes into the next one, so batches grow
 * with the load and an idle gateway never waits. Messages of one connection keep their order. Every append is answered within
 * the time-out.
 */
public final class LoopLog {
    private static final Logger log = LoggerFactory.getLogger(LoopLog.class);
    /** What a client is told to wait; different for each, or they all come at once. */
    static final int OVERLOADED_RETRY_MIN_MILLIS = 1_000;

    static final int OVERLOADED_RETRY_MAX_MILLIS = 3_000;
    private static final int TIMEOUT_CHECK_MILLIS = 100;
    private static final long ROUND_INTERVAL_NANOS = 2_000_000;

    private final RedisLine line;
    private final RedisFitness redis;
    private final InFlight inFlight;
    private final LogLimits limits;
    private final Confirmation confirmation;
    private final GatewayMeters meters;
    private final AppendQueue[] queues = new AppendQueue[Partition.COUNT];
    private boolean roundScheduled;
    /** Blocks without an answer, epochs being raised, and rounds being confirmed. */
    private int underWay;

    private volatile boolean behind;
    private long lastRoundNanos = System.nanoTime() - ROUND_INTERVAL_NANOS;

    /** @param line for appends; where {@link Durability.Replicated} is promised, for nothing else */
    public LoopLog(
            RedisLine line,
            RedisFitness redis,
            InFlight inFlight,
            LogLimits limits,
            Confirmation confirmation,
            GatewayMeters meters) {
        this.line = line;
        this.confirmation = confirmation;
        this.redis = redis;
        this.inFlight = inFlight;
        this.limits = limits;
        this.meters = meters;
        Partition.all().forEach(partition -> queues[partition.number()] = new AppendQueue(partition));
    }

    /** Begins to watch over time-outs. */
    public void start() {
        line.loop()
                .scheduleWithFixedDelay(
                        meters.guarded("append-timeouts", this::answerTimedOut),
                        TIMEOUT_CHECK_MILLIS,
                        TIMEOUT_CHECK_MILLIS,
                        TimeUnit.MILLISECONDS);
    }

    /** Takes a message. Its listener is called on this loop, once, at the latest after the time-out. */
    public void append(Append append) {
        if (!redis.fit()) {
            append.answer(new AppendAnswer.Refused(RefusalCode.UNAVAILABLE));
            return;
        }
        if (!inFlight.enter(append.bytes())) {
            int retry =
                    ThreadLocalRandom.current().nextInt(OVERLOADED_RETRY_MIN_MILLIS, OVERLOADED_RETRY_MAX_MILLIS + 1);
            append.answer(new AppendAnswer.Refused(RefusalCode.OVERLOADED, retry));
            return;
        }
        AppendQueue queue = queues[append.partition.number()];
        append.dueBy(System.nanoTime() + limits.timeout().toNanos());
        append.entered(inFlight);
        queue.waiting.add(append);
        roundAtEndOfTick();
    }

    /**
     * At the end of the tick: what else this tick brings goes along. Right after another round it waits until the interval is
     * over: under load that saves most wake-ups of Redis, its disk and every gateway, and an idle gateway never waits.
     */
    private void roundAtEndOfTick() {
        if (!roundScheduled && underWay == 0) {
            roundScheduled = true;
            long wait = lastRoundNanos + ROUND_INTERVAL_NANOS - System.nanoTime();
            if (wait <= 0) {
                line.loop().execute(this::round);
            } else {
                line.loop().schedule(this::round, wait, TimeUnit.NANOSECONDS);
            }
        }
    }

    private void round() {
        roundScheduled = false;
        if (underWay > 0) {
            return;
        }
        boolean share = redis.reachesAllPartitions();
        AppendCall call = new AppendCall();
        for (AppendQueue queue : queues) {
            if (!queue.waiting.isEmpty()) {
                AppendBlock block = new AppendBlock(queue.partition, redis.epoch(queue.partition), queue.take());
                if (!call.isEmpty() && !(share && call.hasRoomFor(block))) {
                    send(call);
                    call = new AppendCall();
                }
                call.add(block);
                queue.underWay = block;
                underWay++;
            }
        }
        if (!call.isEmpty()) {
            lastRoundNanos = System.nanoTime();
            send(call);
        }
    }

    private void send(AppendCall call) {
        meters.appendCall(call.messages());
        run(Script.APPEND, call, redis.backlogMessagesMax(limits));
    }

    private void run(Script script, AppendCall call, long backlogMax) {
        StatefulRedisConnection<byte[], byte[]> over = line.connection();
        byte[][] arguments = call.arguments(limits, backlogMax, confirmation.writesRetriesAgain());
        line.<byte[]>run(script, ScriptOutputType.VALUE, call.keys(), arguments).whenComplete((answer, error) -> {
            if (script == Script.APPEND && isRefusal(error, "OOM")) {
                // Nothing was stored now. What was before, its sender must hear of, and nobody else is told anything
                // new.
                run(Script.RECALL, call, 0);
                return;
            }
            if (error != null || answer == null) {
                onFailure(call, error);
            } else {
                onAnswer(call, ByteBuffer.wrap(answer).order(ByteOrder.LITTLE_ENDIAN), over);
            }
            roundEnded();
        });
    }

    private void roundEnded() {
        if (underWay > 0) {
            return;
        }
        Optional<CompletionStage<?>> confirmed = confirmation.roundEnded();
        if (confirmed.isEmpty()) {
            roundAtEndOfTick();
        } else {
            underWay++;
            confirmed.get().whenComplete((done, error) -> {
                underWay--;
                roundAtEndOfTick();
            });
        }
    }

    private void onFailure(AppendCall call, @Nullable Throwable error) {
        // It says that it is one server, and yet it is several: whatever stands in front of them. Nothing was stored.
        boolean split = call.blocks().size() > 1 && isRefusal(error, "CROSSSLOT");
        if (split) {
            redis.refusedSeveralPartitions();
        }
        for (AppendBlock block : call.blocks()) {
            if (returned(block)) {
                if (split) {
                    queueOf(block).putBack(block.appends());
                } else {
                    refuse(block.appends(), new AppendAnswer.Refused(RefusalCode.UNAVAILABLE));
                }
            }
        }
    }

    private void onAnswer(AppendCall call, ByteBuffer answer, @Nullable StatefulRedisConnection<byte[], byte[]> over) {
        try {
            for (AppendBlock block : call.blocks()) {
                onAnswer(block, answer, new Confirmation.Written(over, block.epoch()));
            }
        } catch (RuntimeException e) {
            // Not what this program expects, and so is what stands behind it. Whoever has no answer yet is told that
            // nobody knows.
            meters.unexpected("append-answer");
            log.error("answer of the append script not understood", e);
            onFailure(call, e);
        }
    }

    /** The answer of a block that was given up is read, too: the next one begins behind it. */
    private void onAnswer(AppendBlock block, ByteBuffer answer, Confirmation.Written how) {
        AppendQueue queue = queueOf(block);
        byte status = answer.get();
        switch (status) {
            case 'o' -> {
                List<Append> again =
                        block.complete(answer, (append, accepted) -> confirmation.accepted(append, accepted, how));
                if (returned(block)) {
                    queue.putBack(again);
                }
            }
            case 'e' -> {
                answer.getInt(); // Whoever raises the epoch gets it anew.
                if (returned(block)) {
                    queue.putBack(block.appends());
                    raiseEpoch(queue);
                }
            }
            case 'u', 'f' -> {
                if (returned(block)) {
                    refuse(block.appends(), new AppendAnswer.Refused(RefusalCode.UNAVAILABLE));
                }
            }
            default -> throw new IllegalStateException("append.lua answered a block with " + status);
        }
    }

    /** Notes that this block is under way no more. False: it was given up in the meantime, and answered. */
    private boolean returned(AppendBlock block) {
        AppendQueue queue = queueOf(block);
        if (queue.underWay != block) {
            return false;
        }
        queue.underWay = null;
        underWay--;
        return true;
    }

    private AppendQueue queueOf(AppendBlock block) {
        return queues[block.partition().number()];
    }

    /** Redis restarted, failed over, or somebody else noticed first. Nothing of the block was stored. */
    private void raiseEpoch(AppendQueue queue) {
        underWay++;
        line.<Long>run(
                        Script.EPOCH,
                        ScriptOutputType.INTEGER,
                        new byte[][] {Keys.partition(queue.partition).getBytes(StandardCharsets.UTF_8)},
                        Integer.toString(redis.epoch(queue.partition)).getBytes(StandardCharsets.UTF_8))
                .whenComplete((epoch, error) -> {
                    underWay--;
                    if (epoch == null || error != null) {
                        refuse(queue.takeAll(), new AppendAnswer.Refused(RefusalCode.UNAVAILABLE));
                    } else {
                        redis.seen(queue.partition, epoch.intValue());
                    }
                    roundEnded();
                });
    }

    private static void refuse(List<Append> appends, AppendAnswer.Refused refusal) {
        appends.forEach(append -> append.answer(refusal));
    }

    /** True while something has waited for its answer for half of its time. Any thread. */
    public boolean behind() {
        return behind;
    }

    private void lookWhetherBehind(long now) {
        long halfTime = now + limits.timeout().toNanos() / 2;
        boolean found = false;
        for (AppendQueue queue : queues) {
            found |= queue.hasOverdue(halfTime);
        }
        behind = found;
    }

    private void answerTimedOut() {
        long now = System.nanoTime();
        lookWhetherBehind(now);
        for (AppendQueue queue : queues) {
            AppendBlock block = queue.underWay;
            if (block != null
                    && block.appends().stream().anyMatch(append -> append.isOverdue(now))
                    && returned(block)) {
                refuse(block.appends(), new AppendAnswer.Refused(RefusalCode.TIMEOUT));
            }
            refuse(queue.takeOverdue(now), new AppendAnswer.Refused(RefusalCode.UNAVAILABLE));
        }
        confirmation.answerOverdue(now);
        roundEnded();
    }

    private static boolean isRefusal(@Nullable Throwable error, String kind) {
        return error instanceof RedisCommandExecutionException
                && error.getMessage() != null
                && error.getMessage().startsWith(kind);
    }
}

package dev.switchboard.gateway.log;

import dev.switchboard.gateway.ops.GatewayMeters;
import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.Partition;
import dev.switchboard.wire.Script;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.ScriptOutputType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
    private static final int OVERLOADED_RETRY_MILLIS = 1_000;
    private static final int TIMEOUT_CHECK_MILLIS = 100;
    private static final long ROUND_INTERVAL_NANOS = 2_000_000;

    private final RedisLine line;
    private final RedisFitness redis;
    private final InFlight inFlight;
    private final LogLimits limits;
    private final GatewayMeters meters;
    private final Queue[] queues = new Queue[Partition.COUNT];
    private boolean roundScheduled;
    /** Blocks without an answer, and epochs being raised. */
    private int underWay;

    private long lastRoundNanos = System.nanoTime() - ROUND_INTERVAL_NANOS;

    public LoopLog(RedisLine line, RedisFitness redis, InFlight inFlight, LogLimits limits, GatewayMeters meters) {
        this.line = line;
        this.redis = redis;
        this.inFlight = inFlight;
        this.limits = limits;
        this.meters = meters;
        Partition.all().forEach(partition -> queues[partition.number()] = new Queue(partition));
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
            append.answer(new AppendAnswer.Refused(RefusalCode.OVERLOADED, OVERLOADED_RETRY_MILLIS));
            return;
        }
        Queue queue = queues[append.partition.number()];
        append.dueBy(System.nanoTime() + limits.timeout().toNanos());
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
        for (Queue queue : queues) {
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
        line.<byte[]>run(Script.APPEND, ScriptOutputType.VALUE, call.keys(), call.arguments(limits, redis))
                .whenComplete((answer, error) -> {
                    if (error != null || answer == null) {
                        onFailure(call, error);
                    } else {
                        onAnswer(call, ByteBuffer.wrap(answer).order(ByteOrder.LITTLE_ENDIAN));
                    }
                    roundAtEndOfTick();
                });
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
                    refuse(block.appends(), refusalFor(error));
                }
            }
        }
    }

    private void onAnswer(AppendCall call, ByteBuffer answer) {
        try {
            for (AppendBlock block : call.blocks()) {
                onAnswer(block, answer);
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
    private void onAnswer(AppendBlock block, ByteBuffer answer) {
        Queue queue = queueOf(block);
        byte status = answer.get();
        switch (status) {
            case 'o' -> {
                List<Append> again = block.complete(answer);
                if (returned(block)) {
                    settle(block.appends());
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
        Queue queue = queueOf(block);
        if (queue.underWay != block) {
            return false;
        }
        queue.underWay = null;
        underWay--;
        return true;
    }

    private Queue queueOf(AppendBlock block) {
        return queues[block.partition().number()];
    }

    /** Redis restarted, failed over, or somebody else noticed first. Nothing of the block was stored. */
    private void raiseEpoch(Queue queue) {
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
                    roundAtEndOfTick();
                });
    }

    private void refuse(List<Append> appends, AppendAnswer.Refused refusal) {
        appends.forEach(append -> append.answer(refusal));
        settle(appends);
    }

    private void settle(List<Append> appends) {
        for (Append append : appends) {
            if (append.answered()) {
                inFlight.leave(append.bytes());
            }
        }
    }

    private void answerTimedOut() {
        long now = System.nanoTime();
        for (Queue queue : queues) {
            AppendBlock block = queue.underWay;
            if (block != null
                    && block.appends().stream().anyMatch(append -> append.isOverdue(now))
                    && returned(block)) {
                refuse(block.appends(), new AppendAnswer.Refused(RefusalCode.TIMEOUT));
            }
            refuse(queue.takeOverdue(now), new AppendAnswer.Refused(RefusalCode.UNAVAILABLE));
        }
        roundAtEndOfTick();
    }

    private static AppendAnswer.Refused refusalFor(@Nullable Throwable error) {
        if (isRefusal(error, "OOM")) {
            // The whole script was refused before it began.
            return new AppendAnswer.Refused(RefusalCode.BACKLOG_FULL, LogLimits.BACKLOG_RETRY_MILLIS);
        }
        return new AppendAnswer.Refused(RefusalCode.UNAVAILABLE);
    }

    private static boolean isRefusal(@Nullable Throwable error, String kind) {
        return error instanceof RedisCommandExecutionException
                && error.getMessage() != null
                && error.getMessage().startsWith(kind);
    }

    /** What waits for one partition, and what is under way to it. */
    private static final class Queue {
        final Partition partition;
        final ArrayDeque<Append> waiting = new ArrayDeque<>();

        @Nullable
        AppendBlock underWay;

        Queue(Partition partition) {
            this.partition = partition;
        }

        List<Append> take() {
            List<Append> taken = new ArrayList<>(Math.min(waiting.size(), LogLimits.CALL_MESSAGES_MAX));
            Map<Append.Voice, Boolean> named = new HashMap<>();
            int bytes = 0;
            while (!waiting.isEmpty() && taken.size() < LogLimits.CALL_MESSAGES_MAX) {
                Append next = waiting.element();
                bytes += next.bytes();
                boolean full = bytes > LogLimits.CALL_BYTES_MAX && !taken.isEmpty();
                // Named and unnamed messages of one sender are two groups of the script, which would change their
                // order.
                Boolean namedBefore = named.putIfAbsent(next.voice(), next.conversationNamed);
                if (full || (namedBefore != null && namedBefore != next.conversationNamed)) {
                    break;
                }
                taken.add(waiting.remove());
            }
            return taken;
        }

        /** From the front: they wait in the order of their due times. */
        List<Append> takeOverdue(long now) {
            List<Append> overdue = new ArrayList<>();
            while (!waiting.isEmpty() && waiting.element().isOverdue(now)) {
                overdue.add(waiting.remove());
            }
            return overdue;
        }

        List<Append> takeAll() {
            List<Append> all = List.copyOf(waiting);
            waiting.clear();
            return all;
        }

        /** To the front, in order: they came before whatever waits. */
        void putBack(List<Append> appends) {
            for (int i = appends.size() - 1; i >= 0; i--) {
                waiting.addFirst(appends.get(i));
            }
        }
    }
}

package dev.switchboard.gateway.log;

import dev.switchboard.wire.Keys;
import dev.switchboard.wire.Partition;
import dev.switchboard.wire.RedisDurability;
import dev.switchboard.wire.RedisVersion;
import dev.switchboard.wire.Script;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.ScriptOutputType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks once a second whether Redis can be used: reachable, durable enough, partitioned as this program expects, prepared by a
 * worker; and whether it is a Cluster. Works on one event loop; what it found may be read by any thread.
 */
public final class RedisMonitor {
    private static final Logger log = LoggerFactory.getLogger(RedisMonitor.class);
    private static final int PERIOD_MILLIS = 1_000;
    private static final int FIRST_CONNECT_CHECK_MILLIS = 20;
    private static final int ANSWER_MILLIS_MAX = 2_000;
    /** Not a Cluster. Valkey has a name of its own for it. */
    private static final Pattern ONE_SERVER = Pattern.compile("(?m)^(redis|server)_mode:standalone\\r?$");

    private final RedisLine line;
    private final RedisFitness redis;
    private final Rules rules;
    private final CompletableFuture<List<String>> firstLook = new CompletableFuture<>();
    private int replicas;
    private volatile List<String> problems = List.of("Redis has not answered yet");
    private volatile List<String> weaknesses = List.of();
    private volatile String oldVersion = "";

    /**
     * What is asked of Redis.
     *
     * @param allowWeak settings may be weaker than the promise
     * @param memoryPercentMax how full it may be
     * @param replicasMin how many replicas must keep up with it
     */
    public record Rules(boolean allowWeak, int memoryPercentMax, int replicasMin) {}

    public RedisMonitor(RedisLine line, RedisFitness redis, Rules rules) {
        this.line = line;
        this.redis = redis;
        this.rules = rules;
    }

    public void start() {
        line.loop().execute(this::look);
    }

    /** Why sends would be refused now; empty if they would not. */
    public List<String> problems() {
        return problems;
    }

    /** What is weaker than promised but was allowed. */
    public List<String> weaknesses() {
        return weaknesses;
    }

    /** What known vulnerabilities the server's release may have; empty if none. */
    public String oldVersion() {
        return oldVersion;
    }

    /** Completes with the misconfiguration found when Redis first answered; an empty list is good news. */
    public CompletableFuture<List<String>> misconfiguration() {
        return firstLook;
    }

    private void look() {
        if (!line.connected() && !firstLook.isDone()) {
            // Still on its way, most likely for milliseconds; the problems begin with a sentence that says so.
            line.loop().schedule(this::look, FIRST_CONNECT_CHECK_MILLIS, TimeUnit.MILLISECONDS);
            return;
        }
        CompletableFuture<Void> look = lookOnce();
        var deadline = line.loop()
                .schedule(
                        () -> look.completeExceptionally(new TimeoutException()),
                        ANSWER_MILLIS_MAX,
                        TimeUnit.MILLISECONDS);
        look.whenComplete((done, error) -> {
            deadline.cancel(false);
            if (error != null) {
                note(List.of("Redis does not answer as it should: " + reason(error)));
            }
            if (!line.loop().isShuttingDown()) {
                line.loop().schedule(this::look, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
            }
        });
    }

    private CompletableFuture<Void> lookOnce() {
        try {
            return checkSettings().thenCompose(settings -> {
                redis.judged(settings.isEmpty());
                firstLook.complete(settings);
                if (!settings.isEmpty()) {
                    note(settings);
                    return CompletableFuture.completedFuture(null);
                }
                return readEpochs();
            });
        } catch (RuntimeException e) {
            // Whatever it is, the next look must follow.
            return CompletableFuture.failedFuture(e);
        }
    }

    /** What failed, in Redis' own words where there are any; an address or a password is in none of them. */
    private static String reason(Throwable error) {
        Throwable cause = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
        return cause instanceof RedisCommandExecutionException
                ? String.valueOf(cause.getMessage())
                : cause instanceof TimeoutException ? "no answer in time" : "not connected";
    }

    private CompletableFuture<List<String>> checkSettings() {
        Map<String, String> settings = new HashMap<>();
        List<CompletableFuture<?>> answers = new ArrayList<>();
        for (String name : RedisDurability.SETTINGS) {
            answers.add(line.ask(ask -> ask.configGet(name))
                    .thenAccept(settings::putAll)
                    .toCompletableFuture());
        }
        byte[] meta = Keys.META.getBytes(StandardCharsets.UTF_8);
        byte[] field = "partitions".getBytes(StandardCharsets.UTF_8);
        byte[] mine = Partition.FINGERPRINT.getBytes(StandardCharsets.UTF_8);
        line.ask(ask -> ask.hsetnx(meta, field, mine));
        CompletableFuture<byte[]> theirs =
                line.ask(ask -> ask.hget(meta, field)).toCompletableFuture();
        CompletableFuture<String> info = line.ask(ask -> ask.info("server")).toCompletableFuture();
        answers.add(theirs);
        answers.add(info);
        answers.add(line.ask(ask -> ask.info("replication"))
                .thenAccept(replication -> replicas = RedisReplicas.keepingUp(replication))
                .toCompletableFuture());
        answers.add(line.ask(ask -> ask.info("memory"))
                .thenAccept(memory -> redis.filled(RedisMemory.of(memory).percent(), rules.memoryPercentMax()))
                .toCompletableFuture());
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenApply(all -> {
                    List<String> found = new ArrayList<>();
                    String fingerprint = new String(theirs.join(), StandardCharsets.UTF_8);
                    if (!fingerprint.equals(Partition.FINGERPRINT)) {
                        found.add("Redis is partitioned as " + fingerprint + ", this program as "
                                + Partition.FINGERPRINT);
                    }
                    redis.saysItIsOneServer(ONE_SERVER.matcher(info.join()).find());
                    noteVersion(info.join());
                    List<String> weak = RedisDurability.weaknesses(settings, info.join());
                    if (rules.allowWeak()) {
                        weaknesses = weak;
                    } else {
                        weak.forEach(each -> found.add("Redis: " + each));
                    }
                    return found;
                });
    }

    private CompletableFuture<Void> readEpochs() {
        List<CompletableFuture<?>> answers = new ArrayList<>();
        List<String> unprepared = new ArrayList<>();
        for (Partition partition : Partition.all()) {
            CompletableFuture<Long> epoch = line.<Long>run(
                            Script.EPOCH,
                            ScriptOutputType.INTEGER,
                            new byte[][] {Keys.partition(partition).getBytes(StandardCharsets.UTF_8)},
                            Integer.toString(redis.epoch(partition)).getBytes(StandardCharsets.UTF_8))
                    .toCompletableFuture();
            answers.add(epoch.thenAccept(value -> {
                if (value == null) {
                    unprepared.add(Integer.toString(partition.number()));
                } else {
                    redis.seen(partition, value.intValue());
                }
            }));
        }
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenAccept(all -> {
                    List<String> found = new ArrayList<>();
                    if (!unprepared.isEmpty()) {
                        found.add("no worker has prepared these partitions yet: " + String.join(", ", unprepared));
                    }
                    if (redis.full()) {
                        found.add(
                                "Redis' memory is over " + rules.memoryPercentMax() + " % full: nothing new is taken");
                    }
                    if (replicas < rules.replicasMin()) {
                        found.add("replicas of Redis that keep up: " + replicas + " of " + rules.replicasMin());
                    }
                    note(List.copyOf(found));
                });
    }

    private void noteVersion(String info) {
        String now = RedisVersion.of(info).flatMap(RedisVersion::warning).orElse("");
        if (!now.equals(oldVersion) && !now.isEmpty()) {
            log.warn("redis outdated reason=\"{}\"", now);
        }
        oldVersion = now;
    }

    private void note(List<String> now) {
        if (!now.equals(problems)) {
            if (now.isEmpty()) {
                log.info("redis usable");
            } else {
                log.warn("redis unusable reasons={}", now);
            }
        }
        problems = now;
    }
}

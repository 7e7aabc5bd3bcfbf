package dev.switchboard.benchmarks.proof.site;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a site is made of where it differs from the usual. Immutable, any thread. Equal plans can share a running site.
 *
 * @param redis settings of {@code redis.conf}; {@code dir} moves its data elsewhere
 * @param redisWrapper before the server, see {@link ProgramPlan#wrapper}
 * @param replica what stands before a second Redis that follows the first, see {@link Replica}; empty: there is none
 * @param database arguments of the server
 * @param databaseWrapper before the server
 * @param programs by what they are for: {@code gateway}, {@code worker}, or one of them, such as {@code gateway 1}
 */
public record SitePlan(
        Map<String, String> redis,
        List<String> redisWrapper,
        Optional<List<String>> replica,
        List<String> database,
        List<String> databaseWrapper,
        Map<String, ProgramPlan> programs) {
    public static final String GATEWAY = "gateway";
    public static final String WORKER = "worker";
    public static final SitePlan USUAL =
            new SitePlan(Map.of(), List.of(), Optional.empty(), List.of(), List.of(), Map.of());

    public SitePlan {
        redis = Map.copyOf(redis);
        redisWrapper = List.copyOf(redisWrapper);
        replica = replica.map(List::copyOf);
        database = List.copyOf(database);
        databaseWrapper = List.copyOf(databaseWrapper);
        programs = Map.copyOf(programs);
    }

    public SitePlan withRedis(String setting, String value) {
        Map<String, String> more = new TreeMap<>(redis);
        more.put(setting, value);
        return new SitePlan(more, redisWrapper, replica, database, databaseWrapper, programs);
    }

    public SitePlan redisBehind(List<String> wrapper) {
        return new SitePlan(redis, wrapper, replica, database, databaseWrapper, programs);
    }

    /** A second Redis, with the same settings, that follows the first over a link of its own. */
    public SitePlan withReplica(List<String> wrapper) {
        return new SitePlan(redis, redisWrapper, Optional.of(wrapper), database, databaseWrapper, programs);
    }

    public SitePlan withDatabase(String argument) {
        List<String> more = new ArrayList<>(database);
        more.add(argument);
        return new SitePlan(redis, redisWrapper, replica, more, databaseWrapper, programs);
    }

    public SitePlan databaseBehind(List<String> wrapper) {
        return new SitePlan(redis, redisWrapper, replica, database, wrapper, programs);
    }

    /** A setting of all gateways or workers, or of one of them. */
    public SitePlan with(String whose, String setting, String value) {
        return with(whose, plan(whose).with(setting, value));
    }

    public SitePlan with(String whose, ProgramPlan plan) {
        Map<String, ProgramPlan> more = new TreeMap<>(programs);
        more.put(whose, plan);
        return new SitePlan(redis, redisWrapper, replica, database, databaseWrapper, more);
    }

    /** Classes and scripts there take the place of those of every gateway and worker. */
    public SitePlan inFront(Path classes) {
        return with(GATEWAY, plan(GATEWAY).inFront(classes))
                .with(WORKER, plan(WORKER).inFront(classes));
    }

    /** For all of a kind and then for this one of them. */
    ProgramPlan of(String kind, String name) {
        return plan(kind).and(plan(name));
    }

    private ProgramPlan plan(String whose) {
        return programs.getOrDefault(whose, ProgramPlan.USUAL);
    }
}

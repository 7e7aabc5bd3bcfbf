package dev.switchboard.benchmarks.proof.fleet;

import dev.switchboard.benchmarks.proof.fleet.content.Texts;
import java.time.Duration;

/**
 * Who comes, what they say and what they do to themselves. Immutable; everything that is left to chance follows from the seed, so
 * one plan is one schedule.
 *
 * @param seed printed by whoever runs it
 */
public record FleetPlan(long seed, Crowd crowd, Talk talk, Trouble trouble) {
    /**
     * Who comes. Names begin with the prefix; every second one starts on the other gateway.
     *
     * @param prefix of user names, so that two fleets share none
     * @param users with one device each, who talk
     * @param admins who follow everything, and answer where the talk says so
     * @param watchers admins who follow single conversations, each its share of them, and say nothing
     * @param idle users who are only connected
     * @param reading who reads slowly
     */
    public record Crowd(String prefix, int users, int admins, int watchers, int idle, Reading reading) {
        public Crowd {
            if (users < 0 || admins < 0 || watchers < 0 || idle < 0) {
                throw new IllegalArgumentException("nobody can be fewer than none: " + users + ", " + admins);
            }
        }

        public Crowd of(int users, int admins) {
            return new Crowd(prefix, users, admins, watchers, idle, reading);
        }

        public Crowd withPrefix(String prefix) {
            return new Crowd(prefix, users, admins, watchers, idle, reading);
        }

        public Crowd withWatchers(int watchers) {
            return new Crowd(prefix, users, admins, watchers, idle, reading);
        }

        public Crowd withIdle(int idle) {
            return new Crowd(prefix, users, admins, watchers, idle, reading);
        }

        public Crowd withReading(Reading reading) {
            return new Crowd(prefix, users, admins, watchers, idle, reading);
        }
    }

    /**
     * How fast the slow ones take what comes to them; everybody else reads at once.
     *
     * @param slowUsers so many users have one more device, which shows the same and reads this slowly until {@link
     *     Fleet#readAgain}
     * @param bytesPerSecond of those devices
     * @param firstAdminStops the first admin reads nothing after its welcome until {@link Fleet#readAgain}
     */
    public record Reading(int slowUsers, int bytesPerSecond, boolean firstAdminStops) {
        public static final Reading AT_ONCE = new Reading(0, 0, false);

        /** Ends the name of a device that reads slowly. */
        public static final String SLOW_DEVICE = ", slow device";
    }

    /**
     * What is said: an open loop, whatever the answers.
     *
     * @param perSecond of all together; 0: nobody says anything
     * @param lasts then nothing more is said
     * @param bytesMin of a text in UTF-8
     * @param adminShare of the messages that admins say, each to a user by chance
     * @param staffShare of what admins say that only staff may see
     */
    public record Talk(
            double perSecond, Duration lasts, int bytesMin, int bytesMax, double adminShare, double staffShare) {
        public Talk {
            if (perSecond < 0 || bytesMin < Texts.BYTES_MIN || bytesMax < bytesMin) {
                throw new IllegalArgumentException(
                        "no talk of %s messages a second, %d to %d bytes".formatted(perSecond, bytesMin, bytesMax));
            }
        }

        public Talk of(double perSecond, Duration lasts) {
            return new Talk(perSecond, lasts, bytesMin, bytesMax, adminShare, staffShare);
        }

        public Talk withBytes(int bytesMin, int bytesMax) {
            return new Talk(perSecond, lasts, bytesMin, bytesMax, adminShare, staffShare);
        }

        public Talk withAdmins(double adminShare, double staffShare) {
            return new Talk(perSecond, lasts, bytesMin, bytesMax, adminShare, staffShare);
        }
    }

    /**
     * What clients do to themselves.
     *
     * @param againShare of the messages that are sent once more with the same id although nothing calls for it, half of them
     *     through another gateway
     * @param reconnectShare of the clients that leave their connection once in each 20 s and come back
     * @param pairs every message goes through both gateways at once
     */
    public record Trouble(double againShare, double reconnectShare, boolean pairs) {
        public static final Trouble NONE = new Trouble(0, 0, false);
    }

    /** The usual load: 200 users and 5 admins, 200 messages a second, a tenth of them by admins. */
    public static FleetPlan usual(long seed, Duration lasts) {
        return new FleetPlan(
                seed,
                new Crowd("u", 200, 5, 0, 0, Reading.AT_ONCE),
                new Talk(200, lasts, 20, 2_000, 0.1, 0.1),
                new Trouble(0.05, 0.05, false));
    }

    public FleetPlan with(Crowd crowd) {
        return new FleetPlan(seed, crowd, talk, trouble);
    }

    public FleetPlan with(Talk talk) {
        return new FleetPlan(seed, crowd, talk, trouble);
    }

    public FleetPlan with(Trouble trouble) {
        return new FleetPlan(seed, crowd, talk, trouble);
    }
}

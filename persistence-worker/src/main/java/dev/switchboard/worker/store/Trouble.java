package dev.switchboard.worker.store;

import dev.switchboard.worker.log.LogId;
import org.jspecify.annotations.Nullable;

/**
 * How owners of a partition went since its cursor moved for the last time. Immutable.
 *
 * @param deaths owners that went without giving the partition back
 * @param step what the last one was doing on its own; null if nothing
 */
public record Trouble(int deaths, @Nullable Step step) {
    /**
     * One part of the log that was stored on its own.
     *
     * @param item part of the entry, or {@link #WHOLE} or {@link #REST}
     * @param deaths owners that went at exactly this
     */
    public record Step(LogId entry, int item, int deaths) {
        /** The entry was being read; its parts are not known yet. */
        public static final int WHOLE = -1;

        /** Its messages were stored; what else it holds was not. */
        public static final int REST = -2;
    }
}

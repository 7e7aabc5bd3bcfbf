package dev.switchboard.worker.store;

import java.util.Optional;

/**
 * Where MySQL is and as whom.
 *
 * @param runtime reads and writes rows, nothing else
 * @param migration changes tables; needed only by who migrates
 * @param allowWeak runs although MySQL could lose what it committed
 */
public record DatabaseConfig(
        DatabaseAddress address, Credentials runtime, Optional<Credentials> migration, boolean allowWeak) {}

package dev.switchboard.worker.store;

import dev.switchboard.settings.Credentials;
import dev.switchboard.settings.DatabaseAddress;
import java.util.Optional;

/**
 * Where MySQL is and as whom.
 *
 * @param runtime reads and writes rows, nothing else
 * @param migration changes tables; present if the worker brings them up to date before it starts
 * @param allowWeak runs although MySQL could lose what it committed
 * @param deadLettersMax with more of them the worker stops: something is wrong that they only hide
 */
public record DatabaseConfig(
        DatabaseAddress address,
        Credentials runtime,
        Optional<Credentials> migration,
        boolean allowWeak,
        int deadLettersMax) {}

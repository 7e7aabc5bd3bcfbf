package dev.switchboard.gateway.api.page;

import dev.switchboard.gateway.api.http.Routes;
import dev.switchboard.gateway.auth.Origins;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Pages and files of this program, prepared once for all event loops. Immutable; any thread. */
public final class WebRoutes {
    private static final Logger log = LoggerFactory.getLogger(WebRoutes.class);

    private final Assets assets;
    private final @Nullable SupportPage page;

    private WebRoutes(Assets assets, @Nullable SupportPage page) {
        this.assets = assets;
        this.page = page;
    }

    /** Reads what the web build has left. A program that was built without it serves no pages, and all else. */
    public static WebRoutes load(Origins origins, Optional<URI> signIn) throws IOException {
        WebFiles files = WebFiles.ofThisProgram();
        Assets assets = new Assets(files);
        if (!files.hasPages()) {
            log.warn("no pages: this program was built without them");
            return new WebRoutes(assets, null);
        }
        return new WebRoutes(assets, new SupportPage(files, assets, origins, signIn));
    }

    /** Adds the lines of all to the table. */
    public void addTo(Routes routes) {
        assets.addTo(routes);
        SupportPage support = page;
        if (support != null) {
            support.addTo(routes);
        }
    }
}

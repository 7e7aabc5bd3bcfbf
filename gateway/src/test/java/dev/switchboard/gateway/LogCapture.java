package dev.switchboard.gateway;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * What is logged while it is open, by any thread, as it would be printed: all of the gateway's own lines and the warnings of the
 * libraries.
 */
public final class LogCapture extends AppenderBase<ILoggingEvent> implements AutoCloseable {
    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final Logger own = (Logger) LoggerFactory.getLogger("dev.switchboard");
    private final @Nullable Level before = own.getLevel();
    private final @Nullable Appender<ILoggingEvent> console = root.getAppender("console");
    private final List<String> lines = new CopyOnWriteArrayList<>();

    public LogCapture() {
        setName("capture");
        start();
        root.addAppender(this);
        // What a test provokes is no news to whoever reads its output.
        root.detachAppender(console);
        own.setLevel(Level.DEBUG);
    }

    @Override
    protected void append(ILoggingEvent event) {
        String thrown =
                event.getThrowableProxy() == null ? "" : " " + ThrowableProxyUtil.asString(event.getThrowableProxy());
        lines.add(event.getLevel() + " " + event.getLoggerName() + " " + event.getFormattedMessage() + thrown);
    }

    public List<String> lines() {
        return List.copyOf(lines);
    }

    public long count(Predicate<String> wanted) {
        return lines.stream().filter(wanted).count();
    }

    @Override
    public void close() {
        root.detachAppender(this);
        root.addAppender(console);
        own.setLevel(before);
        stop();
    }
}

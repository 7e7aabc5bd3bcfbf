package dev.switchboard.gateway;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.AppenderBase;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Notes whether an error was logged while it was open: that is how the gateway tells of what nobody foresaw. Keeps quiet
 * otherwise, so it may be opened a million times. Confined to one thread, whose lines it sees.
 */
public final class ErrorWatch extends AppenderBase<ILoggingEvent> implements AutoCloseable {
    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final @Nullable Appender<ILoggingEvent> console = root.getAppender("console");
    private final String thread = Thread.currentThread().getName();
    private @Nullable ILoggingEvent error;

    public ErrorWatch() {
        setName("errors");
        start();
        root.detachAppender(console);
        root.addAppender(this);
    }

    @Override
    protected void append(ILoggingEvent event) {
        if (event.getLevel() == Level.ERROR && event.getThreadName().equals(thread) && error == null) {
            error = event;
        }
    }

    @Override
    public void close() {
        root.detachAppender(this);
        root.addAppender(console);
        stop();
        ILoggingEvent seen = error;
        if (seen != null) {
            Throwable cause = seen.getThrowableProxy() instanceof ThrowableProxy thrown ? thrown.getThrowable() : null;
            throw new AssertionError("an error was logged: " + seen.getFormattedMessage(), cause);
        }
    }
}

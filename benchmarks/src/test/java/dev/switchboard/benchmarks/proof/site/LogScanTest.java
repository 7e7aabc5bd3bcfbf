package dev.switchboard.benchmarks.proof.site;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogScanTest {
    @TempDir
    Path dir;

    @Test
    void findsDefectsFromItsPlaceOn() throws IOException {
        Path log = dir.resolve("log");
        Files.writeString(log, "LEAK: before\n");
        LogScan scan = LogScan.fromNow(log);
        assertEquals(List.of(), scan.defects());

        Files.writeString(
                log,
                "connection lost\nLEAK: ByteBuf.release() was not called\nException in thread \"loop\"\n",
                StandardOpenOption.APPEND);

        assertEquals(List.of("LEAK: ByteBuf.release() was not called", "Exception in thread \"loop\""), scan.defects());
    }

    @Test
    void aLogThatIsNotThereSaysNothing() {
        assertEquals(List.of(), LogScan.fromNow(dir.resolve("none")).defects());
    }
}

package dev.switchboard.gateway.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.gson.stream.MalformedJsonException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StrictJsonTest {
    private static Map<String, Object> read(String number) throws IOException {
        return StrictJson.object(("{\"n\":" + number + "}").getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void readsNumbers() throws IOException {
        assertEquals(Map.of("n", 17L), read("17"));
        assertEquals(Map.of("n", 1e30), read("1e30"));
        assertEquals(Map.of("n", 1e30), read("1E+30"));
        assertEquals(Map.of("n", 2.5e-30), read("2.5e-30"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1e31", "1E-31", "1e+031", "1e999", "1e99999999999", "1e-99999999999"})
    void refusesNumbersThatCostMoreThanTheyCanMean(String number) {
        MalformedJsonException refused = assertThrows(MalformedJsonException.class, () -> read(number));
        assertEquals("a number is out of range", refused.getMessage());
    }
}

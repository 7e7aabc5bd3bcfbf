package dev.switchboard.gateway.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.Gson;
import dev.switchboard.gateway.auth.Verification.Reason;
import dev.switchboard.proto.v1.Role;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How claims become an identity. */
@Tag("SEC17")
class TokenRulesTest {
    private static final long EXP = AuthRig.NOW.plus(Duration.ofHours(1)).getEpochSecond();

    private AuthRig rig = AuthRig.withSecret();

    @AfterEach
    void stop() {
        rig.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ana",
                "ana ",
                "\tana",
                "ana\u00a0",
                "\u2003ana",
                "user:ana",
                "a*",
                "*",
                "ana\n",
                "a\nb",
                "a\r\nb",
                "a\u0000b",
                "\u0000",
                "a\u0007b",
                "a\u007fb",
                "a\u0085b",
                "a\u2028b",
                "a\u200bb",
                "a\u202eb",
                "admins"
            })
    @Tag("J10")
    void refusesUsersThatCannotNameARoom(String user) {
        assertEquals(Reason.USER, rig.rejected(token("\"user\":" + new Gson().toJson(user))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "true", "1.5", "[\"ana\"]", "{\"name\":\"ana\"}", "\"a\\ud800b\"", "\"\\udc00\""})
    @Tag("J10")
    void refusesUsersThatAreNoText(String user) {
        assertEquals(Reason.USER, rig.rejected(token("\"user\":" + user)));
    }

    @Test
    @Tag("J10")
    void refusesAbsentUser() {
        assertEquals(Reason.USER, rig.rejected(token("\"sub\":\"ana\"")));
    }

    @Test
    @Tag("J10")
    void countsUserInCodePoints() {
        assertEquals(
                "x".repeat(64),
                rig.accepted(token("\"user\":\"" + "x".repeat(64) + "\"")).user());
        assertEquals(
                "😀".repeat(64),
                rig.accepted(token("\"user\":\"" + "😀".repeat(64) + "\"")).user());
        assertEquals(Reason.USER, rig.rejected(token("\"user\":\"" + "x".repeat(65) + "\"")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"admin", "José", "ana maría", "o'brien", "用户", "a@b.example", "{p1}", "ADMINS"})
    void acceptsOrdinaryUsers(String user) {
        assertEquals(user, rig.accepted(token("\"user\":\"" + user + "\"")).user());
    }

    @Test
    void readsUserFromTheFirstConfiguredClaimThatIsPresent() {
        configure("JWT_USER_CLAIM", "userId,sub");

        assertEquals("42", rig.accepted(token("\"userId\":42,\"sub\":\"ana\"")).user());
        assertEquals(
                "ana", rig.accepted(token("\"sub\":\"ana\",\"user\":\"eva\"")).user());
        assertEquals(Reason.USER, rig.rejected(token("\"userId\":\"\",\"sub\":\"ana\"")));
    }

    @Test
    @Tag("S0.16")
    void makesAdministratorOfTheConfiguredRole() {
        assertEquals(Role.ADMIN, role("\"rol\":\"admin\""));
        configure("JWT_ROLE_CLAIM", "role", "JWT_ADMIN_VALUE", "support");
        assertEquals(Role.ADMIN, role("\"role\":\"support\""));
        assertEquals(Role.USER, role("\"rol\":\"admin\""));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"Admin\"",
                "\"ADMIN\"",
                "\"admin \"",
                "[\"admin\"]",
                "{\"admin\":true}",
                "true",
                "1",
                "null",
                "\"root\"",
                "\"\""
            })
    @Tag("J11")
    @Tag("SEC16")
    void givesNoRightsForUnknownRoles(String role) {
        assertEquals(Role.USER, role("\"rol\":" + role));
    }

    @Test
    @Tag("SEC16")
    void readsAdministratorFromFlagOnlyWhereConfigured() {
        assertEquals(Role.USER, role("\"isAdmin\":true"));
        configure("JWT_ADMIN_FLAG_CLAIM", "isAdmin");
        assertEquals(Role.ADMIN, role("\"isAdmin\":true"));
        assertEquals(Role.USER, role("\"isAdmin\":false"));
        assertEquals(Role.USER, role("\"isAdmin\":\"true\""));
        assertEquals(Role.USER, role("\"isAdmin\":1"));
    }

    @Test
    void showsUserWhereTheNameIsMissing() {
        assertEquals("ana", name("\"rol\":\"user\""));
        assertEquals("ana", name("\"name\":7"));
        assertEquals("ana", name("\"name\":\"  \""));
    }

    @Test
    @Tag("SEC33")
    void cleansAndCutsTheDisplayName() {
        assertEquals("Ana B", name("\"name\":\" Ana\\r\\n B \""));
        assertEquals("é".repeat(100), name("\"name\":\"" + "é".repeat(200) + "\""));
    }

    @Test
    @Tag("SEC33")
    void hidesEverythingButUserAndRoleInText() {
        assertEquals(
                "user=ana role=USER", rig.accepted(token("\"user\":\"ana\"")).toString());
    }

    private void configure(String... namesAndValues) {
        rig.close();
        rig = AuthRig.withSecret(namesAndValues);
    }

    private Role role(String member) {
        return rig.accepted(token("\"user\":\"ana\"," + member)).role();
    }

    private String name(String member) {
        return rig.accepted(token("\"user\":\"ana\"," + member)).name();
    }

    private static String token(String members) {
        return TokenMint.hs256(TokenMint.SECRET, "{" + members + ",\"exp\":" + EXP + "}");
    }
}

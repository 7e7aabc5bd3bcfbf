package dev.switchboard.gateway.desk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.switchboard.gateway.auth.TokenMint;
import dev.switchboard.gateway.log.Append;
import dev.switchboard.gateway.log.AppendAnswer;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.proto.v1.Role;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@SuppressWarnings("NullAway") // There is no log: what is refused must not reach one.
class SendMessageTest {
    private static List<String> noUsers() {
        return List.of("x".repeat(65), "a\nb", " ana", "ana ", "a:b", "a*", "admins", "a\u200Bb");
    }

    @ParameterizedTest
    @MethodSource("noUsers")
    void anAdminNamesAnOwnerWhoCanExist(String owner) {
        Append.Rate rate = new Append.Rate(1, 1);
        SendMessage send = new SendMessage(
                null, null, new TextRules(100, 400), new SendMessage.Rates(rate, rate), UUID::randomUUID);
        Participant admin = new Participant(
                TokenMint.identity("sofia", Role.ADMIN, Instant.now().plusSeconds(60)), 5, Optional.empty());
        List<AppendAnswer> answers = new ArrayList<>();
        send.run(
                admin,
                new SendMessage.Command(UUID.randomUUID(), Optional.empty(), owner, "hi", Lane.PUBLIC),
                answers::add);
        assertEquals(List.of(new AppendAnswer.Refused(RefusalCode.INVALID_ID, 0)), answers);
    }
}

package dev.switchboard.local.demo;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What the demo's people may have said before anybody looks, so that nothing is empty. They really say it: each over a connection
 * of their own, through a gateway. Asking twice changes nothing, because the ids are the same. Any thread, one at a time.
 */
final class DemoConversations {
    private static final List<Line> LINES = List.of(
            new Line(DemoUser.MARTA, DemoUser.MARTA, "Hola, ¿puedo cambiar la dirección de entrega de un pedido?"),
            new Line(DemoUser.MARTA, DemoUser.SOFIA, "Hola, Marta. Sí, mientras no haya salido del almacén."),
            new Line(DemoUser.MARTA, DemoUser.MARTA, "Genial. Es el 50117; sería a Calle Mayor 12, Zaragoza."),
            new Line(DemoUser.MARTA, DemoUser.SOFIA, "Cambiada. Recibirás un correo de confirmación en unos minutos."),
            new Line(DemoUser.MARTA, DemoUser.MARTA, "Vale, muchas gracias"),
            new Line(DemoUser.LUIS, DemoUser.LUIS, "Buenos días. No me deja entrar en mi cuenta desde ayer."),
            new Line(DemoUser.LUIS, DemoUser.ADMIN, "Buenos días, Luis. ¿Qué mensaje te aparece al intentarlo?"),
            new Line(DemoUser.LUIS, DemoUser.LUIS, "«Demasiados intentos». Y eso que solo probé dos veces."),
            new Line(DemoUser.ANA, DemoUser.ANA, "Hola, hice un pedido el lunes y todavía no ha llegado."),
            new Line(DemoUser.ANA, DemoUser.SOFIA, "¡Hola, Ana! Lo miro ahora mismo. ¿Me dices el número de pedido?"),
            new Line(DemoUser.ANA, DemoUser.ANA, "Claro, es el 48213."),
            new Line(
                    DemoUser.ANA,
                    DemoUser.SOFIA,
                    "Salió ayer del almacén; aquí puedes seguirlo: https://envios.example.com/48213. Llega mañana por la mañana."),
            new Line(DemoUser.ANA, DemoUser.ANA, "Perfecto, mil gracias 😊"),
            new Line(DemoUser.ANA, DemoUser.ANA, "¿Y la factura? Creo que no la he recibido."));

    private final URI gateway;
    private final DemoTokens tokens;
    private final HttpClient http = HttpClient.newHttpClient();

    /** Who says what in whose conversation. */
    private record Line(DemoUser owner, DemoUser speaker, String text) {
        /** The same at each run. */
        UUID id(int index) {
            return UUID.nameUUIDFromBytes(("demo " + index + text).getBytes(StandardCharsets.UTF_8));
        }
    }

    DemoConversations(URI gateway, DemoTokens tokens) {
        this.gateway = gateway;
        this.tokens = tokens;
    }

    /** Says everything, in order. */
    synchronized void fill() throws IOException, InterruptedException {
        Map<DemoUser, DemoSpeaker> speakers = new EnumMap<>(DemoUser.class);
        try {
            for (int i = 0; i < LINES.size(); i++) {
                Line line = LINES.get(i);
                DemoSpeaker speaker = speakers.get(line.speaker());
                if (speaker == null) {
                    speaker = new DemoSpeaker(http, gateway, tokens.issue(line.speaker()));
                    speakers.put(line.speaker(), speaker);
                }
                speaker.say(line.id(i), line.owner().user(), line.text());
            }
        } finally {
            speakers.values().forEach(DemoSpeaker::close);
        }
    }
}

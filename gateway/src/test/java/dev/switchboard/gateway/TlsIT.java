package dev.switchboard.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.gateway.auth.TokenMint;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.ServerFrame.FrameCase;
import dev.switchboard.servers.Await;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Nothing travels in plain text unless somebody said so. */
@ExtendWith(LeakCheck.class)
class TlsIT {
    private static final char[] PASSWORD = "changeit".toCharArray();

    private static GatewayRig rig;
    private static Gateway gateway;
    private static SSLContext trusting;

    @BeforeAll
    static void start(@TempDir Path dir) throws Exception {
        KeyStore store = keyStore(dir);
        Certificate certificate = store.getCertificate("gateway");
        Path certificateFile = pem(dir, "CERTIFICATE", certificate.getEncoded());
        Path keyFile = pem(dir, "PRIVATE KEY", store.getKey("gateway", PASSWORD).getEncoded());
        trusting = trusting(certificate);
        rig = new GatewayRig();
        gateway = rig.gateway(Map.of(
                "TLS_CERTIFICATE_FILE",
                certificateFile.toString(),
                "TLS_KEY_FILE",
                keyFile.toString(),
                "RATE_USER_BURST",
                "1000"));
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    private static int start(Map<String, String> variables, ByteArrayOutputStream said) throws InterruptedException {
        Map<String, String> all = new HashMap<>(
                Map.of("SWITCHBOARD_REDIS_URL", "redis://localhost", "SWITCHBOARD_JWT_SECRET", TokenMint.SECRET));
        variables.forEach((name, value) -> all.put("SWITCHBOARD_" + name, value));
        PrintStream print = new PrintStream(said, true, StandardCharsets.UTF_8);
        return GatewayMain.run(new String[] {"--check-config"}, all, print, print);
    }

    @Test
    @Tag("SEC1")
    void plainTextBeyondThisMachineNeedsAWord() throws InterruptedException {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        for (String host : List.of("0.0.0.0", "::")) {
            assertEquals(GatewayMain.MISCONFIGURED, start(Map.of("HOST", host), said));
            assertTrue(said.toString(StandardCharsets.UTF_8).contains("SWITCHBOARD_TLS_CERTIFICATE_FILE"));
            assertEquals(0, start(Map.of("HOST", host, "ALLOW_PLAINTEXT", "true"), said));
        }
        assertEquals(0, start(Map.of("HOST", "127.0.0.1"), said));
        assertEquals(GatewayMain.MISCONFIGURED, start(Map.of("TLS_CERTIFICATE_FILE", "/nowhere.pem"), said));
    }

    @Test
    @Tag("SEC1")
    void speaksModernTlsOnly() throws IOException {
        for (String version : List.of("TLSv1.2", "TLSv1.3")) {
            String answer = ask(version);
            assertTrue(answer.startsWith("HTTP/1.1 404"), answer);
            assertTrue(answer.toLowerCase(Locale.ROOT).contains("strict-transport-security: max-age="), answer);
        }
        assertThrows(SSLException.class, () -> ask("TLSv1.1"));
        try (TestSocket plain = TestSocket.connect(gateway.port())) {
            plain.send("GET /ws HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThrows(IOException.class, plain::readAnswer);
        }
    }

    @Test
    void whatIsReadBeforeAPauseIsTakenUpUnderTls() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        List<String> lines = TestSocket.handshakeLines("switchboard.v1");
        lines.add("Authorization: Bearer " + GatewayRig.token("ana"));
        bytes.writeBytes((String.join("\r\n", lines) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        // More than may be unanswered, and all of it there before Welcome.
        for (int i = 0; i < 40; i++) {
            ClientFrame say = ClientFrame.newBuilder()
                    .setSend(TestSocket.say("message " + i))
                    .build();
            bytes.writeBytes(TestSocket.frame(0x82, say.toByteArray()));
        }
        try (TestSocket client = TestSocket.over(
                trusting.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), gateway.port()))) {
            client.send(bytes.toByteArray());
            assertEquals(101, client.readAnswer().status());
            client.startReading();
            client.await(FrameCase.WELCOME);
            for (int i = 1; i <= 40; i++) {
                assertEquals(i, client.await(FrameCase.ACCEPTED).getAccepted().getSeq());
            }
        }
    }

    @Test
    void brokenTlsIsOneLineWithoutAStackTrace() throws IOException {
        try (LogCapture logged = new LogCapture();
                Socket plain = new Socket(InetAddress.getLoopbackAddress(), gateway.port())) {
            SSLSocket tls = (SSLSocket) trusting.getSocketFactory().createSocket(plain, "localhost", 0, false);
            TestSocket client = TestSocket.over(tls);
            List<String> lines = TestSocket.handshakeLines("switchboard.v1");
            lines.add("Authorization: Bearer " + GatewayRig.token("ana"));
            assertEquals(101, client.request(lines).status());
            plain.getOutputStream().write(new byte[] {23, 3, 3, 0, 32});
            plain.getOutputStream().write(new byte[32 + 500]);
            assertTrue(Await.until(TestSocket.PATIENCE, () -> logged.count(line -> line.contains("tls failed")) == 1));
            assertEquals(0, logged.count(line -> line.contains("\tat ") || line.startsWith("ERROR")));
        }
    }

    @Test
    void saysThatItEnds() throws IOException {
        ByteArrayOutputStream received = new ByteArrayOutputStream();
        try (Recording plain = new Recording(gateway.port(), received);
                SSLSocket tls = (SSLSocket) trusting.getSocketFactory().createSocket(plain, "localhost", 0, false)) {
            // In 1.3 an alert looks like any other record.
            tls.setEnabledProtocols(new String[] {"TLSv1.2"});
            tls.getOutputStream()
                    .write("GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            tls.getInputStream().readAllBytes();
        }
        ByteBuffer records = ByteBuffer.wrap(received.toByteArray());
        int type = 0;
        while (records.hasRemaining()) {
            type = records.get();
            records.getShort();
            records.position(records.position() + 2 + records.getShort(records.position()));
        }
        assertEquals(21, type, "the last record is an alert: close_notify");
    }

    /** Keeps what comes in as it stands on the wire. */
    private static final class Recording extends Socket {
        private final OutputStream copy;

        Recording(int port, OutputStream copy) throws IOException {
            super(InetAddress.getLoopbackAddress(), port);
            this.copy = copy;
        }

        @Override
        public InputStream getInputStream() throws IOException {
            return new FilterInputStream(super.getInputStream()) {
                @Override
                public int read(byte[] into, int offset, int length) throws IOException {
                    int count = super.read(into, offset, length);
                    if (count > 0) {
                        copy.write(into, offset, count);
                    }
                    return count;
                }
            };
        }
    }

    private static String ask(String version) throws IOException {
        try (SSLSocket socket = (SSLSocket)
                trusting.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), gateway.port())) {
            socket.setEnabledProtocols(new String[] {version});
            socket.setSoTimeout((int) TestSocket.PATIENCE.toMillis());
            socket.getOutputStream()
                    .write("GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    private static SSLContext trusting(Certificate certificate) throws GeneralSecurityException, IOException {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("gateway", certificate);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    /** A key and its certificate by the JDK's own tool: no library here can make one. */
    private static KeyStore keyStore(Path dir) throws Exception {
        Path file = dir.resolve("gateway.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "gateway",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        new String(PASSWORD),
                        "-keystore",
                        file.toString())
                .redirectErrorStream(true)
                .redirectOutput(dir.resolve("keytool.log").toFile())
                .start();
        assertTrue(keytool.waitFor(30, TimeUnit.SECONDS));
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD);
        }
        return store;
    }

    private static Path pem(Path dir, String what, byte[] bytes) throws IOException {
        return Files.writeString(
                dir.resolve(what.replace(' ', '-') + ".pem"),
                "-----BEGIN " + what + "-----\n" + Base64.getMimeEncoder().encodeToString(bytes) + "\n-----END " + what
                        + "-----\n");
    }
}

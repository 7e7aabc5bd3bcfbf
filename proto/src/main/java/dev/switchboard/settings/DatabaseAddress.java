package dev.switchboard.settings;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A JDBC address that can't switch off what protects us. The driver reads dozens of options from its URL, in several
 * spellings; some let a server read our files or run classes. So an address consists of one host, a database and options from a
 * short list, and everything that matters is set by {@link #properties}.
 */
public final class DatabaseAddress {
    /** What an address may carry. Everything else is refused, known or not. */
    static final Set<String> OPTIONS_ALLOWED = new TreeSet<>(Set.of(
            "trustCertificateKeyStoreUrl",
            "trustCertificateKeyStoreType",
            "serverRSAPublicKeyFile",
            "tlsVersions",
            "enabledTLSProtocols"));

    private static final Pattern FORM = Pattern.compile(
            "jdbc:mysql://([A-Za-z0-9.-]+|\\[[0-9A-Fa-f:]+])(:\\d{1,5})?/([A-Za-z0-9_$-]+)(?:\\?(.*))?");
    private static final Pattern OPTION = Pattern.compile("([A-Za-z]+)=([A-Za-z0-9_.:/+,@-]*)");
    private static final Pattern LOOPBACK = Pattern.compile("localhost|127(\\.\\d{1,3}){3}|\\[::1]");
    private static final int CONNECT_TIMEOUT_MS = 2_000;
    /** Longer than any statement of ours takes, shorter than a lease. */
    private static final int SOCKET_TIMEOUT_MS = 10_000;

    private final String url;
    private final String host;
    private final Tls tls;

    /** How the connection is protected. */
    public enum Tls {
        /** Encrypted; the certificate is valid and names the host. */
        VERIFY_IDENTITY,
        /** Encrypted; the certificate is valid. For servers reached by another name than their certificate's. */
        VERIFY_CA,
        /** Neither encrypted nor verified. */
        PLAINTEXT
    }

    private DatabaseAddress(String url, String host, Tls tls) {
        this.url = url;
        this.host = host;
        this.tls = tls;
    }

    /** Reads the address that both programs name alike. Empty where none is set or it is no good; the mistake is noted. */
    public static Optional<DatabaseAddress> from(Environment environment) {
        String url = environment.text("MYSQL_URL", "");
        Tls tls = environment.choice("MYSQL_TLS", Tls.VERIFY_IDENTITY);
        boolean plaintextAllowed = environment.flag("ALLOW_PLAINTEXT", false);
        if (url.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(parse(url, tls, plaintextAllowed));
        } catch (IllegalArgumentException e) {
            environment.problem("MYSQL_URL", String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    /**
     * Checks an address.
     *
     * @throws IllegalArgumentException with a sentence for the operator that repeats no value
     */
    public static DatabaseAddress parse(String url, Tls tls, boolean plaintextAllowed) {
        Matcher form = FORM.matcher(url);
        if (!form.matches()) {
            throw new IllegalArgumentException(
                    "must look like jdbc:mysql://host:3306/database, with one host and without user and password");
        }
        List<String> refused = new ArrayList<>();
        if (form.group(4) != null && !form.group(4).isEmpty()) {
            for (String part : form.group(4).split("&", -1)) {
                Matcher option = OPTION.matcher(part);
                if (!option.matches() || !OPTIONS_ALLOWED.contains(option.group(1))) {
                    refused.add(part.split("=", 2)[0]);
                }
            }
        }
        if (!refused.isEmpty()) {
            throw new IllegalArgumentException(
                    "carries options that are not allowed: " + refused + "; allowed are " + OPTIONS_ALLOWED);
        }
        String host = form.group(1);
        if (tls == Tls.PLAINTEXT && !plaintextAllowed && !LOOPBACK.matcher(host).matches()) {
            throw new IllegalArgumentException("names a host that is not this machine, which must not be spoken to in"
                    + " plaintext: set SWITCHBOARD_MYSQL_TLS=verify-identity, or SWITCHBOARD_ALLOW_PLAINTEXT=true");
        }
        return new DatabaseAddress(url, host, tls);
    }

    public String url() {
        return url;
    }

    /** What the driver gets beside the address. */
    public Properties properties(Credentials credentials) {
        Properties properties = new Properties();
        properties.setProperty("user", credentials.user());
        properties.setProperty("password", credentials.password().reveal());
        properties.setProperty(
                "sslMode",
                switch (tls) {
                    case VERIFY_IDENTITY -> "VERIFY_IDENTITY";
                    case VERIFY_CA -> "VERIFY_CA";
                    case PLAINTEXT -> "DISABLED";
                });
        properties.setProperty("allowLoadLocalInfile", "false");
        properties.setProperty("allowUrlInLocalInfile", "false");
        properties.setProperty("allowPublicKeyRetrieval", "false");
        properties.setProperty("allowMultiQueries", "false");
        properties.setProperty("autoDeserialize", "false");
        // A row that was there already must count 0, not 1: that is how a repetition is noticed.
        properties.setProperty("useAffectedRows", "true");
        // Parsed once by the server, not with every batch: 8.0 instead of 11.8 us of its CPU a row. The longest
        // statement has
        // 1,024 rows.
        properties.setProperty("useServerPrepStmts", "true");
        properties.setProperty("cachePrepStmts", "true");
        properties.setProperty("prepStmtCacheSize", "64");
        properties.setProperty("prepStmtCacheSqlLimit", "65536");
        properties.setProperty("useLocalSessionState", "true");
        properties.setProperty("characterEncoding", "UTF-8");
        properties.setProperty("connectionTimeZone", "UTC");
        properties.setProperty("connectTimeout", Integer.toString(CONNECT_TIMEOUT_MS));
        properties.setProperty("socketTimeout", Integer.toString(SOCKET_TIMEOUT_MS));
        properties.setProperty("tcpKeepAlive", "true");
        return properties;
    }

    /** Without options: they may name files. */
    @Override
    public String toString() {
        return host + " tls=" + tls;
    }
}

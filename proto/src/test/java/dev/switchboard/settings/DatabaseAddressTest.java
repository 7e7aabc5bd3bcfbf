package dev.switchboard.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.settings.DatabaseAddress.Tls;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatabaseAddressTest {
    @Test
    void takesOneHostAndADatabase() {
        for (String url : List.of(
                "jdbc:mysql://db/switchboard",
                "jdbc:mysql://db.internal:3306/switchboard",
                "jdbc:mysql://[::1]:3306/switchboard",
                "jdbc:mysql://db/switchboard?trustCertificateKeyStoreUrl=file:/etc/ca.p12&tlsVersions=TLSv1.3")) {
            assertEquals(
                    url, DatabaseAddress.parse(url, Tls.VERIFY_IDENTITY, false).url());
        }
    }

    @ParameterizedTest
    @Tag("SEC39")
    @ValueSource(
            strings = {
                "allowLoadLocalInfile=true",
                "ALLOWLOADLOCALINFILE=true",
                "allow%4coadLocalInfile=true",
                "allowUrlInLocalInfile=true",
                "allowPublicKeyRetrieval=true",
                "autoDeserialize=true",
                "allowMultiQueries=true",
                "sslMode=DISABLED",
                "useSSL=false",
                "user=root",
                "password=hush",
                "queryInterceptors=com.example.Evil",
                "propertiesTransform=com.example.Evil",
                "socketFactory=com.example.Evil",
                "useAffectedRows=false",
                "sessionVariables=sql_mode=''",
                "tlsVersions=TLSv1.3&allowMultiQueries=true",
                "somethingNew=1",
                "tlsVersions=a%26allowMultiQueries%3dtrue",
            })
    void refusesEveryOptionThatIsNotOnItsList(String options) {
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class,
                () -> DatabaseAddress.parse("jdbc:mysql://db/switchboard?" + options, Tls.VERIFY_IDENTITY, false));
        assertTrue(String.valueOf(refused.getMessage()).contains("options that are not allowed"));
        assertFalse(String.valueOf(refused.getMessage()).contains("hush"));
    }

    @ParameterizedTest
    @Tag("SEC39")
    @ValueSource(
            strings = {
                "jdbc:mysql://me:hush@db/switchboard",
                "jdbc:mysql://one,other/switchboard",
                "jdbc:mysql:loadbalance://one/switchboard",
                "jdbc:mysql://(host=db,allowLoadLocalInfile=true)/switchboard",
                "jdbc:mysql://address=(host=db)(allowLoadLocalInfile=true)/switchboard",
                "jdbc:mysql://db",
                "jdbc:mariadb://db/switchboard",
                "mysql://db/switchboard",
                "jdbc:mysql://db/switchboard#x",
            })
    void refusesEveryOtherForm(String url) {
        assertThrows(IllegalArgumentException.class, () -> DatabaseAddress.parse(url, Tls.VERIFY_IDENTITY, false));
    }

    @Test
    @Tag("SEC39")
    void speaksPlaintextOnlyWithThisMachineUnlessAllowed() {
        for (String host : List.of("localhost", "127.0.0.1", "127.1.2.3", "[::1]")) {
            DatabaseAddress.parse("jdbc:mysql://" + host + "/switchboard", Tls.PLAINTEXT, false);
        }
        for (String host : List.of("db", "10.0.0.1", "127.0.0.1.example.com", "localhost.example.com")) {
            String url = "jdbc:mysql://" + host + "/switchboard";
            assertThrows(IllegalArgumentException.class, () -> DatabaseAddress.parse(url, Tls.PLAINTEXT, false), host);
            DatabaseAddress.parse(url, Tls.PLAINTEXT, true);
        }
    }

    @Test
    @Tag("SEC39")
    void tellsTheDriverWhatMatters() {
        Properties properties = DatabaseAddress.parse("jdbc:mysql://db/switchboard", Tls.VERIFY_IDENTITY, false)
                .properties(new Credentials("worker", new Secret("hush")));
        assertEquals("VERIFY_IDENTITY", properties.getProperty("sslMode"));
        for (String off : List.of(
                "allowLoadLocalInfile",
                "allowUrlInLocalInfile",
                "allowPublicKeyRetrieval",
                "allowMultiQueries",
                "autoDeserialize")) {
            assertEquals("false", properties.getProperty(off), off);
        }
        assertEquals("true", properties.getProperty("useAffectedRows"));
    }
}

package io.perilune.compat.apps;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** The key pair and certificate in a PKCS #12 file, for servers to show and for clients to trust. */
public final class Keys {

    /** The password of the file. */
    public static final String PASSWORD = "perilune";

    private Keys() {}

    /** Returns what a server shows. */
    static KeyManagerFactory own(String file) throws GeneralSecurityException, IOException {
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store(file), PASSWORD.toCharArray());
        return factory;
    }

    /** Returns what a client trusts: the certificate in the file and no other. */
    static TrustManagerFactory trusted(String file) throws GeneralSecurityException, IOException {
        KeyStore keys = store(file);
        KeyStore certificates = KeyStore.getInstance("PKCS12");
        certificates.load(null, null);
        certificates.setCertificateEntry(
                "server", keys.getCertificate(keys.aliases().nextElement()));
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(certificates);
        return factory;
    }

    /** Returns a context for either side. */
    static SSLContext context(String file) throws GeneralSecurityException, IOException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(own(file).getKeyManagers(), trusted(file).getTrustManagers(), null);
        return context;
    }

    private static KeyStore store(String file) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(Path.of(file))) {
            store.load(in, PASSWORD.toCharArray());
        }
        return store;
    }
}

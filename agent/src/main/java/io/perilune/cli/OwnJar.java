package io.perilune.cli;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where the jar is that this command line came from. */
final class OwnJar {

    private OwnJar() {}

    /**
     * Returns its path, which is absolute.
     *
     * @throws IOException in words, if these classes are in no jar
     */
    static Path path() throws IOException {
        try {
            Path path = Path.of(OwnJar.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            if (!Files.isRegularFile(path)) {
                throw new IOException("this command needs perilune.jar; its classes are in " + path);
            }
            return path;
        } catch (URISyntaxException e) {
            throw new IOException("this jar cannot tell where it is: " + e.getMessage(), e);
        }
    }
}

package io.perilune.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** The tests, which lie in this jar as one file, unpacked for as long as they run. */
final class TestJar implements AutoCloseable {

    private static final String RESOURCE = "selftest.jar";

    private final Path file;

    private TestJar(Path file) {
        this.file = file;
    }

    /** Unpacks it into the folder for temporary files. */
    static TestJar unpack() throws IOException {
        try (InputStream in = TestJar.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IOException(
                        "there is no " + RESOURCE + " beside these classes: take the jar as it was built");
            }
            Path file = Files.createTempFile("perilune-selftest-", ".jar");
            file.toFile().deleteOnExit(); // also when a signal ends this JVM
            Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
            return new TestJar(file);
        }
    }

    Path file() {
        return file;
    }

    @Override
    public void close() throws IOException {
        Files.deleteIfExists(file);
    }
}

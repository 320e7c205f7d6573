package io.perilune.dpdk;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** A shared library that lies beside the classes, unpacked and loaded once. Any thread. */
final class NativeLibrary {

    private static final String DIRECTORY = "/io/perilune/native/linux-x86_64/";

    private final String name;
    private boolean loaded;
    private String failure;

    NativeLibrary(String name) {
        this.name = name;
    }

    synchronized boolean isLoaded() {
        return loaded;
    }

    /**
     * Loads it, or does nothing if it is loaded. The file is unpacked into a directory that only this user can enter, and
     * deleted as soon as it is mapped.
     *
     * @throws IOException in words, if there is none for this machine or it does not load; the same again at each further
     *     call
     */
    synchronized void load() throws IOException {
        if (loaded) {
            return;
        }
        if (failure != null) {
            throw new IOException(failure);
        }
        try {
            loadOnce();
            loaded = true;
        } catch (IOException e) {
            failure = e.getMessage();
            throw e;
        }
    }

    private void loadOnce() throws IOException {
        String system = System.getProperty("os.name") + " on " + System.getProperty("os.arch");
        if (!system.equals("Linux on amd64")) {
            throw new IOException("Perilune runs on Linux on amd64; this is " + system);
        }
        // The class, not its loader, is asked: the loader is null when the jar is on the boot class path.
        try (InputStream library = NativeLibrary.class.getResourceAsStream(DIRECTORY + name)) {
            if (library == null) {
                throw new IOException("the native library is not beside the classes (" + DIRECTORY + name
                        + "): put Perilune's native jar on the class path");
            }
            Path directory = Files.createTempDirectory("perilune-"); // rwx------ by its contract
            Path file = directory.resolve(name);
            try {
                Files.copy(library, file, StandardCopyOption.REPLACE_EXISTING);
                load(file, "the library unpacked to " + directory + " (java.io.tmpdir)");
            } finally {
                Files.deleteIfExists(file);
                Files.deleteIfExists(directory);
            }
        }
    }

    static void load(Path file, String what) throws IOException {
        try {
            System.load(file.toString());
        } catch (UnsatisfiedLinkError e) {
            throw new IOException(
                    what + " does not load: " + e.getMessage()
                            + "; it needs libnuma1 and libbsd0 (apt-get install -y libnuma1 libbsd0), and a directory"
                            + " from which programs may be run",
                    e);
        } catch (IllegalCallerException e) {
            // From JDK 24 on, where the JVM was told to refuse what nobody allowed by name (JEP 472).
            throw new IOException(
                    "this JVM refuses native code (--illegal-native-access=deny): start it with"
                            + " --enable-native-access=ALL-UNNAMED",
                    e);
        }
    }
}

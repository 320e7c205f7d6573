package io.perilune.dpdk;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Finds the native library beside the classes and loads it, once. Any thread. */
public final class NativeLoader {

    /** System property that names a library file to load instead of the one inside the jar: for developers. */
    public static final String LIBRARY_PROPERTY = "perilune.native.library";

    private static final String RESOURCE = "/io/perilune/native/linux-x86_64/libperilune.so";

    private static boolean loaded;
    private static String failure;

    private NativeLoader() {}

    /**
     * Loads the library, or does nothing if it is loaded. The file is unpacked into a directory that only this user can
     * enter, and deleted as soon as it is mapped.
     *
     * @throws IOException in words, if there is no library for this machine, it does not load, or it does not fit these
     *     classes; the same again at each further call
     */
    public static synchronized void load() throws IOException {
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

    private static void loadOnce() throws IOException {
        String system = System.getProperty("os.name") + " on " + System.getProperty("os.arch");
        if (!system.equals("Linux on amd64")) {
            throw new IOException("Perilune runs on Linux on amd64; this is " + system);
        }
        String file = System.getProperty(LIBRARY_PROPERTY);
        if (file != null) {
            load(Path.of(file).toAbsolutePath(), LIBRARY_PROPERTY + "=" + file);
        } else {
            unpackAndLoad();
        }
        String difference = NativeLayout.difference(Native.layout());
        if (difference != null) {
            throw new IOException("the native library does not fit these classes: " + difference
                    + "; put the jar and the library of one build together");
        }
    }

    private static void unpackAndLoad() throws IOException {
        // The class, not its loader, is asked: the loader is null when an agent put us on the boot class path.
        try (InputStream library = NativeLoader.class.getResourceAsStream(RESOURCE)) {
            if (library == null) {
                throw new IOException("the native library is not beside the classes (" + RESOURCE
                        + "): put Perilune's native jar on the class path");
            }
            Path directory = Files.createTempDirectory("perilune-"); // rwx------ by its contract
            Path file = directory.resolve("libperilune.so");
            try {
                Files.copy(library, file, StandardCopyOption.REPLACE_EXISTING);
                load(file, "the library unpacked to " + directory + " (java.io.tmpdir)");
            } finally {
                Files.deleteIfExists(file);
                Files.deleteIfExists(directory);
            }
        }
    }

    private static void load(Path file, String what) throws IOException {
        try {
            System.load(file.toString());
        } catch (UnsatisfiedLinkError e) {
            throw new IOException(
                    what + " does not load: " + e.getMessage()
                            + "; it needs libnuma1 and libbsd0 (apt-get install -y libnuma1 libbsd0), and a directory"
                            + " from which programs may be run",
                    e);
        }
    }
}

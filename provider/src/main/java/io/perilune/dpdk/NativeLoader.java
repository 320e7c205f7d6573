package io.perilune.dpdk;

import java.io.IOException;
import java.nio.file.Path;

/** Loads the native library that holds DPDK, once, and sees that it fits these classes. Any thread. */
public final class NativeLoader {

    /** System property that names a library file to load instead of the one inside the jar: for developers. */
    public static final String LIBRARY_PROPERTY = "perilune.native.library";

    private static final NativeLibrary LIBRARY = new NativeLibrary("libperilune.so");

    private static boolean loaded;

    private NativeLoader() {}

    /**
     * Loads the library, or does nothing if it is loaded.
     *
     * @throws IOException in words, if there is no library for this machine, it does not load, or it does not fit these
     *     classes; the same again at each further call
     */
    public static synchronized void load() throws IOException {
        if (loaded) {
            return;
        }
        String file = System.getProperty(LIBRARY_PROPERTY);
        if (file != null) {
            NativeLibrary.load(Path.of(file).toAbsolutePath(), LIBRARY_PROPERTY + "=" + file);
        } else {
            LIBRARY.load();
        }
        String difference = NativeLayout.difference(Native.layout());
        if (difference != null) {
            throw new IOException("the native library does not fit these classes: " + difference
                    + "; put the jar and the library of one build together");
        }
        loaded = true;
    }
}

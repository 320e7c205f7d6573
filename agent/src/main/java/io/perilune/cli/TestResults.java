package io.perilune.cli;

import io.perilune.doctor.Finding;
import java.io.PrintWriter;
import java.nio.file.Path;

/** What the lines say that the tests' JVM prints. One thread. */
final class TestResults {

    private static final String PASSED = "passed ";
    private static final String SKIPPED = "skipped ";
    private static final String FAILED = "failed ";
    private static final String FRAMES = "frames ";
    private static final int PROGRESS_STEP = 100;

    private final PrintWriter out;
    private int passed;
    private int skipped;
    private int failed;
    private long frames;
    private boolean ended;

    /** Makes one that tells progress and failures as they come. */
    TestResults(PrintWriter out) {
        this.out = out;
    }

    void add(String line) {
        if (line.startsWith(PASSED)) {
            passed++;
            if (passed % PROGRESS_STEP == 0) {
                out.println("  ... " + passed + " tests passed");
                out.flush();
            }
        } else if (line.startsWith(SKIPPED)) {
            skipped++;
        } else if (line.startsWith(FAILED)) {
            failed++;
            out.println("  " + line);
            out.flush();
        } else if (line.startsWith(FRAMES)) {
            frames = Long.parseLong(line.substring(FRAMES.length()));
        } else if (line.equals("end")) {
            ended = true;
        }
    }

    /**
     * Returns what it comes to.
     *
     * @param check what was tried
     * @param overLink whether frames must have gone over a link
     * @param code the JVM's exit code
     * @param seconds how long it took
     * @param details a file to look at after a failure
     */
    Finding finding(String check, boolean overLink, int code, long seconds, Path details) {
        String found = passed + " tests passed"
                + (skipped == 0 ? "" : ", " + skipped + " left out")
                + (failed == 0 ? "" : ", " + failed + " failed")
                + (frames == 0 ? "" : ", " + frames + " frames")
                + ", " + seconds + " s";
        if (!ended || code != 0) {
            return Finding.failed(
                    check, found + ", and then their JVM ended with " + code, "the end of " + details + " says why");
        }
        if (failed > 0) {
            return Finding.failed(check, found, "details are in " + details + ": please report them");
        }
        if (passed == 0) {
            return Finding.failed(check, found, "no test ran, see " + details + ": take the jar as it was built");
        }
        if (overLink && frames == 0) {
            return Finding.failed(check, found + ", and no frame went over the link", "see " + details);
        }
        return Finding.ok(check, found);
    }
}

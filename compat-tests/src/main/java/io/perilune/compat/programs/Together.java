package io.perilune.compat.programs;

import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/**
 * Runs several programs in one JVM: PROGRAM ARGUMENTS... + PROGRAM ARGUMENTS... Each starts when the one before it has
 * printed a line. Ends when all but the first have, which may run for ever.
 */
public final class Together {

    private static final long LIMIT_SECONDS = 60;

    private Together() {}

    /** Runs them; fails if one of them does. */
    public static void main(String[] arguments) throws Exception {
        List<String[]> programs = split(arguments);
        List<FutureTask<Void>> running = new ArrayList<>();
        PrintStream out = System.out;
        for (String[] program : programs) {
            CountDownLatch printed = new CountDownLatch(1);
            System.setOut(new PrintStream(telling(printed, out), true));
            FutureTask<Void> task = new FutureTask<>(() -> run(program));
            Thread thread = new Thread(task, program[0]);
            thread.setDaemon(true);
            thread.start();
            running.add(task);
            boolean last = running.size() == programs.size();
            while (!last && !printed.await(10, TimeUnit.MILLISECONDS)) {
                if (task.isDone()) {
                    task.get(); // says why
                    break;
                }
            }
        }
        for (FutureTask<Void> task : running.subList(1, running.size())) {
            task.get(LIMIT_SECONDS, TimeUnit.SECONDS);
        }
    }

    private static List<String[]> split(String[] arguments) {
        List<String[]> programs = new ArrayList<>();
        int begin = 0;
        for (int i = 0; i <= arguments.length; i++) {
            if (i == arguments.length || arguments[i].equals("+")) {
                programs.add(Arrays.copyOfRange(arguments, begin, i));
                begin = i + 1;
            }
        }
        return programs;
    }

    private static Void run(String[] program) throws Exception {
        try {
            Class.forName(program[0]).getMethod("main", String[].class).invoke(null, (Object)
                    Arrays.copyOfRange(program, 1, program.length));
            return null;
        } catch (InvocationTargetException e) {
            throw new IllegalStateException(program[0] + " failed", e.getCause());
        }
    }

    private static OutputStream telling(CountDownLatch printed, OutputStream out) {
        return new OutputStream() {
            @Override
            public void write(int value) throws java.io.IOException {
                out.write(value);
                if (value == '\n') {
                    out.flush();
                    printed.countDown();
                }
            }
        };
    }
}

package io.perilune.packet;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.memory.BufferPool;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestInstanceFactoryContext;
import org.junit.jupiter.api.extension.TestInstancePreConstructCallback;

/**
 * Every test ends with it: what the test made a stack of is ended, and then no packet buffer may be lent. JUnit finds it by
 * its services file; a fixture registers each of its stacks when it is made.
 */
public final class LeakCheck implements TestInstancePreConstructCallback, AfterEachCallback {

    private record Stack(BufferPool pool, Runnable end) {}

    /** Null on threads that run no test. */
    private static final ThreadLocal<List<Stack>> STACKS = new ThreadLocal<>();

    /** Has a stack ended after the present test, if there is one, and its memory looked at. */
    public static void atEnd(BufferPool pool, Runnable end) {
        List<Stack> stacks = STACKS.get();
        if (stacks != null) {
            stacks.add(new Stack(pool, end));
        }
    }

    @Override
    public void preConstructTestInstance(TestInstanceFactoryContext factory, ExtensionContext context) {
        if (STACKS.get() == null) {
            STACKS.set(new ArrayList<>());
        }
    }

    @Override
    public void afterEach(ExtensionContext context) {
        List<Stack> stacks = STACKS.get();
        STACKS.remove();
        if (stacks == null || context.getExecutionException().isPresent()) {
            return;
        }
        for (Stack stack : stacks) {
            stack.end().run();
        }
        for (Stack stack : stacks) {
            assertThat(stack.pool().lentCount())
                    .as("buffers that are lent after the end, %s", stack.pool().leaks())
                    .isZero();
        }
    }
}

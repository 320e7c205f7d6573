package io.perilune.bench;

import java.util.List;

/** Of ways to use threads: each beside itself on the kernel, and beside the event loop on the same stack. */
final class ThreadsReport extends Report {

    ThreadsReport(Results results) {
        super(results);
    }

    @Override
    List<String> ratioTitles() {
        return List.of("to kernel", "to a loop");
    }

    @Override
    List<Stack> bases(Stack stack) {
        return List.of(stack.onKernel(), stack.isPerilune() ? Stack.PERILUNE : Stack.KERNEL);
    }

    @Override
    String ratioLegend() {
        return "to kernel, to a loop: answers a second as a multiple of the same program's on the kernel, and of the event loop's"
                + " on the same stack";
    }
}

package io.perilune.bench;

import java.util.List;

/** Of the interfaces of a program in one thread: each beside the same three. */
final class InterfacesReport extends Report {

    InterfacesReport(Results results) {
        super(results);
    }

    @Override
    List<String> ratioTitles() {
        return List.of("to kernel", "spinning", "java.nio");
    }

    @Override
    List<Stack> bases(Stack stack) {
        return List.of(Stack.KERNEL, Stack.KERNEL_SPIN, Stack.PERILUNE);
    }

    @Override
    String ratioLegend() {
        return "to kernel, spinning, java.nio: answers a second as a multiple of the rows kernel, kernel-spin and perilune";
    }
}

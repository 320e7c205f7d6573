package io.perilune.bench;

import java.util.List;
import picocli.CommandLine;

/** Finds one of some stacks by its name. */
class StackConverter implements CommandLine.ITypeConverter<Stack> {

    private final List<Stack> stacks;

    StackConverter(List<Stack> stacks) {
        this.stacks = stacks;
    }

    @Override
    public final Stack convert(String word) {
        return stacks.stream()
                .filter(stack -> stack.label().equals(word))
                .findFirst()
                .orElseThrow(() -> new CommandLine.TypeConversionException(
                        "there is no stack '" + word + "': there are " + String.join(", ", Stack.labels(stacks))));
    }
}

package io.perilune.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The inputs that the fuzzers found worth keeping, and those that once were findings, run without a fuzzer. */
class CorpusTest {

    @ParameterizedTest
    @EnumSource
    void everyInputThatIsKeptHolds(Target target) throws IOException {
        List<Path> inputs;
        try (Stream<Path> files = Files.list(target.inputs())) {
            inputs = files.sorted().toList();
        }
        assertThat(inputs).isNotEmpty();
        for (Path input : inputs) {
            try {
                target.run(Files.readAllBytes(input));
            } catch (Throwable e) {
                throw new AssertionError(input + " fails: " + e, e);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void anEmptyInputHoldsToo(Target target) throws Exception {
        target.run(new byte[0]);
    }
}

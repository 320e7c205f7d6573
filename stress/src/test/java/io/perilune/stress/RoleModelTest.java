package io.perilune.stress;

import static io.perilune.stress.RoleModel.Kind.IS_GREEDY;
import static io.perilune.stress.RoleModel.Kind.LEADS;
import static io.perilune.stress.RoleModel.Kind.OPERATES;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.stress.RoleModel.Kind;
import io.perilune.stress.RoleModel.Mutation;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The role: one has it at a time, no wake-up is lost, nobody starves, what is left is done, and while a hand-over is asked
 * for at most one takes the role by the way. In all orders of the steps of two or three threads.
 */
class RoleModelTest {

    static Stream<RoleModel> protocols() {
        return Stream.of(
                protocol(3, OPERATES, OPERATES),
                protocol(3, LEADS, OPERATES),
                protocol(3, IS_GREEDY, OPERATES),
                protocol(1, OPERATES, OPERATES, OPERATES),
                protocol(2, LEADS, OPERATES, OPERATES),
                protocol(1, IS_GREEDY, OPERATES, OPERATES),
                protocol(1, LEADS, IS_GREEDY, OPERATES),
                protocol(1, IS_GREEDY, IS_GREEDY, OPERATES));
    }

    private static RoleModel protocol(int rounds, Kind... kinds) {
        return new RoleModel(Mutation.NONE, rounds, kinds);
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void nothingGoesWrongInAnyOrder(RoleModel protocol) {
        Search.Result result = Search.through(protocol);
        assertThat(result.fault()).isNull();
        assertThat(result.states()).as("states").isGreaterThan(1_000);
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "NONE")
    void eachMutationIsFound(Mutation mutation) {
        assertThat(Search.through(new RoleModel(mutation, 1, IS_GREEDY, OPERATES, OPERATES))
                        .fault())
                .isNotNull();
    }

    @Test
    void aFaultIsToldStepByStep() {
        String fault = Search.through(new RoleModel(Mutation.LOOKS_BEFORE_IT_QUEUES, 1, OPERATES, OPERATES))
                .fault();
        assertThat(fault.lines().findFirst()).hasValue("nobody can go on, and it is not over:");
        assertThat(Arrays.asList("0: work", "1: try_in_queue", "1: enter_queue", "1 is at park"))
                .allSatisfy(step -> assertThat(fault).contains(step));
    }
}

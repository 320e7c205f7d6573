package io.perilune;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasModifiers.Predicates.modifier;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.conditions.ArchConditions;
import io.perilune.link.MonitorSleeper;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** The order of the packages: each imports only those to its left. */
@AnalyzeClasses(packages = "io.perilune", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String[] LEAVES = {"time", "config", "metrics", "zerocopy"};
    /** From the leaves to the root. */
    private static final String[] ORDER = {"memory", "link", "ether", "ip", "tcp", "loop", "channels", "stream"};

    private static final String[] TCP_AND_BELOW = {
        "io.perilune.memory..", "io.perilune.link..", "io.perilune.ether..", "io.perilune.ip..", "io.perilune.tcp.."
    };

    @ArchTest
    static final ArchRule LEAVES_IMPORT_NOTHING_OF_PERILUNE = eachLeafStandsAlone();

    @ArchTest
    static final ArchRule MEMORY = importsOnly("memory");

    @ArchTest
    static final ArchRule LINK = importsOnly("link");

    @ArchTest
    static final ArchRule ETHER = importsOnly("ether");

    @ArchTest
    static final ArchRule IP = importsOnly("ip");

    @ArchTest
    static final ArchRule TCP = importsOnly("tcp");

    @ArchTest
    static final ArchRule LOOP = importsOnly("loop");

    @ArchTest
    static final ArchRule CHANNELS = importsOnly("channels");

    @ArchTest
    static final ArchRule STREAM = importsOnly("stream");

    @ArchTest
    static final ArchRule DPDK = importsOnly("dpdk", "link", "memory", "time", "config", "metrics");

    @ArchTest
    static final ArchRule TRACE =
            importsOnly("trace", "link", "ether", "ip", "tcp", "memory", "time", "config", "metrics");

    @ArchTest
    static final ArchRule ONLY_THE_ROOT_KNOWS_DEVICES_AND_TRACES = noClasses()
            .that(resideInAnyPackage("io.perilune.*..")
                    .and(DescribedPredicate.not(resideInAnyPackage("io.perilune.dpdk..", "io.perilune.trace.."))))
            .should()
            .dependOnClassesThat(resideInAnyPackage("io.perilune.dpdk..", "io.perilune.trace.."))
            .because("only the root names concrete links");

    @ArchTest
    static final ArchRule NO_THREADS_AND_LOCKS_IN_TCP_AND_BELOW = noClasses()
            .that(resideInAnyPackage(TCP_AND_BELOW))
            // Sleeping is what it is for, and keeping an interrupt needs the thread.
            .and(DescribedPredicate.not(JavaClass.Predicates.type(MonitorSleeper.class)))
            .should()
            .dependOnClassesThat(resideInAnyPackage("java.util.concurrent.locks.."))
            .orShould()
            .dependOnClassesThat(JavaClass.Predicates.assignableTo(Thread.class))
            .because("a shard is owned by its driver, and a simulation runs on one thread");

    @ArchTest
    static final ArchRule NO_CLOCK_IN_TCP_AND_BELOW = noClasses()
            .that(resideInAnyPackage(TCP_AND_BELOW))
            .should()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .dependOnClassesThat(resideInAPackage("java.time.."))
            .because("the time is handed in");

    @ArchTest
    static final ArchRule NO_RANDOM_OF_ITS_OWN_IN_TCP_AND_BELOW = noClasses()
            .that(resideInAnyPackage(TCP_AND_BELOW))
            .should()
            .callConstructor(java.util.Random.class)
            .orShould()
            .callConstructor(java.util.SplittableRandom.class)
            .orShould()
            .callMethod(Math.class, "random")
            .orShould()
            .dependOnClassesThat(JavaClass.Predicates.assignableTo(ThreadLocalRandom.class))
            .because("everything random follows from a seed that is handed in");

    @ArchTest
    static final ArchRule NO_NATIVE_METHODS_OUTSIDE_DPDK = noMethods()
            .that()
            .areDeclaredInClassesThat(DescribedPredicate.not(resideInAPackage("io.perilune.dpdk..")))
            .should(ArchConditions.have(modifier(JavaModifier.NATIVE).forSubtype()));

    private static ArchRule importsOnly(String name) {
        List<String> allowed = new ArrayList<>(Arrays.asList(LEAVES));
        for (String left : ORDER) {
            allowed.add(left);
            if (left.equals(name)) {
                break;
            }
        }
        return importsOnly(name, allowed.toArray(new String[0]));
    }

    private static ArchRule importsOnly(String name, String... allowed) {
        List<String> packages = new ArrayList<>();
        packages.add("io.perilune." + name + "..");
        for (String left : allowed) {
            packages.add("io.perilune." + left + "..");
        }
        return noClasses()
                .that(resideInAPackage("io.perilune." + name + ".."))
                .should()
                .dependOnClassesThat(resideInAPackage("io.perilune..")
                        .and(DescribedPredicate.not(resideInAnyPackage(packages.toArray(new String[0])))))
                .allowEmptyShould(true)
                .because("the packages import one way (DESIGN section 2)");
    }

    private static ArchRule eachLeafStandsAlone() {
        return classes()
                .that(resideInAnyPackage("io.perilune.time..", "io.perilune.config..", "io.perilune.metrics.."))
                .should(new com.tngtech.archunit.lang.ArchCondition<>("depend on no other package of Perilune") {
                    @Override
                    public void check(JavaClass leaf, ConditionEvents events) {
                        leaf.getDirectDependenciesFromSelf().stream()
                                .filter(dependency -> dependency
                                        .getTargetClass()
                                        .getPackageName()
                                        .startsWith("io.perilune"))
                                .filter(dependency -> !dependency
                                        .getTargetClass()
                                        .getPackageName()
                                        .equals(leaf.getPackageName()))
                                .forEach(dependency ->
                                        events.add(com.tngtech.archunit.lang.SimpleConditionEvent.violated(
                                                dependency, dependency.getDescription())));
                    }
                });
    }
}

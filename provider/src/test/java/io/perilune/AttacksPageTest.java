package io.perilune;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** ATTACKS.md names the tests that there are, and all of them. */
class AttacksPageTest {

    private static final Pattern NAME = Pattern.compile("`(ip|tcp|ether)/AttacksTest#(\\w+)`");

    @Test
    void thePageAndTheTestsAgree() throws IOException, ClassNotFoundException {
        TreeSet<String> named = new TreeSet<>();
        for (String line : Files.readAllLines(Path.of("ATTACKS.md"))) {
            Matcher matcher = NAME.matcher(line);
            while (matcher.find()) {
                named.add(matcher.group(1) + "#" + matcher.group(2));
            }
        }
        TreeSet<String> tests = new TreeSet<>();
        for (String part : List.of("ether", "ip", "tcp")) {
            Class<?> type = Class.forName("io.perilune." + part + ".AttacksTest");
            Arrays.stream(type.getDeclaredMethods())
                    .filter(method -> method.isAnnotationPresent(Test.class))
                    .map(Method::getName)
                    .forEach(name -> tests.add(part + "#" + name));
        }
        assertThat(named).isEqualTo(tests);
    }
}

package io.perilune.compat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The table of real programs in the README, beside the pom that fetches them. */
class ReadmeTest {

    private static final Pattern VERSION = Pattern.compile("<([a-z0-9]+)\\.version>([^<$]+)</");
    /** Fetched for what others leave out, and no program that is tested. */
    private static final Set<String> BESIDE = Set.of("dropwizard", "slf4j");

    @Test
    void theVersionsOfItsTableAreThoseThatTheTestsRun() throws IOException {
        String poms = Files.readString(Path.of("pom.xml")) + Files.readString(Path.of("spring-boot/pom.xml"));
        Matcher fetched = VERSION.matcher(poms);
        Set<String> versions = fetched.results()
                .filter(found -> !BESIDE.contains(found.group(1)))
                .map(found -> found.group(2))
                .collect(Collectors.toCollection(TreeSet::new));
        String readme = Files.readString(Path.of("../README.md"));
        int begin = readme.indexOf("| program | version |");
        String table = readme.substring(begin, readme.indexOf("\n## ", begin));
        Set<String> named = Pattern.compile("(?m)^\\|[^|]+\\| ([0-9.]+[.0-9A-Za-z]*) \\|")
                .matcher(table)
                .results()
                .map((MatchResult row) -> row.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(versions).hasSizeGreaterThan(8);
        assertThat(named).isEqualTo(versions);
    }
}

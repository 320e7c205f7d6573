package io.perilune.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is told of measurements. */
class ReportTest {

    private static final Shape SMALL = new Shape(Service.ECHO, 64, 16);
    private static final Shape BLOCK = new Shape(Service.BLOCKS, 4096, 1);

    private final Results results = new Results();

    @BeforeEach
    void measureThreeRoundsAndTwo() {
        for (double rate : new double[] {3000, 1000, 2000}) {
            results.add(SMALL, Stack.KERNEL, round(rate));
            results.add(SMALL, Stack.PERILUNE, round(rate * 10));
        }
        results.add(BLOCK, Stack.PERILUNE, round(100));
        results.add(BLOCK, Stack.PERILUNE, round(300));
    }

    private static Map<Metric, Double> round(double rate) {
        Map<Metric, Double> values = new EnumMap<>(Metric.class);
        for (Metric metric : Metric.values()) {
            values.put(metric, rate);
        }
        return values;
    }

    @Test
    void theValueIsTheMedianOfTheRoundsWithTheirLowestAndHighest() {
        assertThat(results.median(SMALL, Stack.KERNEL, Metric.P50)).isEqualTo(2000);
        assertThat(results.low(SMALL, Stack.KERNEL, Metric.P50)).isEqualTo(1000);
        assertThat(results.high(SMALL, Stack.KERNEL, Metric.P50)).isEqualTo(3000);
        assertThat(results.median(BLOCK, Stack.PERILUNE, Metric.P50)).isEqualTo(200);
    }

    @Test
    void eachValueIsOneObjectOnALine() {
        List<String> lines = new InterfacesReport(results).json();
        assertThat(lines).hasSize(3 * Metric.values().length);
        assertThat(lines.get(0))
                .isEqualTo("{\"bench\":\"echo\",\"stack\":\"kernel\",\"link\":\"loopback\",\"shape\":\"64Bx16\","
                        + "\"metric\":\"per_second\",\"unit\":\"1/s\",\"value\":2000.000,\"low\":1000.000,"
                        + "\"high\":3000.000}");
        assertThat(lines)
                .contains("{\"bench\":\"blocks\",\"stack\":\"perilune\",\"link\":\"memif\",\"shape\":\"4KiBx1\","
                        + "\"metric\":\"p99.9\",\"unit\":\"ns\",\"value\":200.000,\"low\":100.000,\"high\":300.000}");
    }

    @Test
    void theTableHasRatiosToTheRowsThatAreThere() {
        List<String> table = new InterfacesReport(results).table();
        assertThat(table.get(0)).isEqualTo("echo of 64 bytes, 16 connections, one request outstanding on each");
        assertThat(table.get(3))
                .contains("Perilune, java.nio", "20.0 (10.0 to 30.0)")
                .matches(".* 10\\.00 +- +1\\.00");
        assertThat(table.get(4)).isEqualTo("blocks of 4,096 bytes, 1 connection, one request outstanding on each");
        assertThat(table.get(6)).matches(".* - +- +1\\.00");
    }
}

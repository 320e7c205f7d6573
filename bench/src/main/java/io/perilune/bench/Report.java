package io.perilune.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What is told of results: a table for people, and a line of JSON for each value. */
abstract class Report {

    private static final double MICROSECOND_NS = 1000;
    private static final String ROW = "  %-40s %23s %7s %8s %8s %7s %7s";
    private static final String RATIO = " %9s";

    private final Results results;

    Report(Results results) {
        this.results = results;
    }

    /** Returns the lines of the table: medians, of the rate with its lowest and highest round, and ratios of the rates. */
    List<String> table() {
        List<String> lines = new ArrayList<>();
        for (Shape shape : results.shapes()) {
            lines.add(String.format(
                    Locale.ROOT,
                    "%s of %,d bytes, %d connection%s, one request outstanding on each",
                    shape.service().label(),
                    shape.length(),
                    shape.connections(),
                    shape.connections() == 1 ? "" : "s"));
            lines.add(String.format(ROW, "", "thousand a second", "Gb/s", "p50 us", "p99 us", "server", "client")
                    + ratioTitles().stream()
                            .map(title -> String.format(RATIO, title))
                            .collect(Collectors.joining()));
            for (Stack stack : results.stacks(shape)) {
                lines.add(row(shape, stack));
            }
        }
        lines.add(
                "server, client: bytes of heap that all Java threads of the process, the stack's among them, allocate for one"
                        + " operation");
        lines.add(ratioLegend());
        return lines;
    }

    private String row(Shape shape, Stack stack) {
        String rate = String.format(
                Locale.ROOT,
                "%.1f (%.1f to %.1f)",
                results.median(shape, stack, Metric.PER_SECOND) / 1000,
                results.low(shape, stack, Metric.PER_SECOND) / 1000,
                results.high(shape, stack, Metric.PER_SECOND) / 1000);
        String measured = String.format(
                ROW,
                stack.title(),
                rate,
                number("%.2f", results.median(shape, stack, Metric.GBPS)),
                number("%.1f", results.median(shape, stack, Metric.P50) / MICROSECOND_NS),
                number("%.1f", results.median(shape, stack, Metric.P99) / MICROSECOND_NS),
                number("%.1f", results.median(shape, stack, Metric.SERVER_ALLOCATED)),
                number("%.1f", results.median(shape, stack, Metric.CLIENT_ALLOCATED)));
        return measured
                + bases(stack).stream()
                        .map(base -> String.format(RATIO, ratio(shape, stack, base)))
                        .collect(Collectors.joining());
    }

    /** Returns the titles of the last columns: ratios of the rate to those of other rows. */
    abstract List<String> ratioTitles();

    /** Returns to which other rows: one for each title. */
    abstract List<Stack> bases(Stack stack);

    /** Returns a line that says so. */
    abstract String ratioLegend();

    private String ratio(Shape shape, Stack stack, Stack base) {
        if (!results.stacks(shape).contains(base)) {
            return "-";
        }
        double rate = results.median(shape, stack, Metric.PER_SECOND);
        return number("%.2f", rate / results.median(shape, base, Metric.PER_SECOND));
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }

    /** Returns an object for each value, one a line: the median of the rounds, and the lowest and highest. */
    List<String> json() {
        List<String> lines = new ArrayList<>();
        for (Shape shape : results.shapes()) {
            for (Stack stack : results.stacks(shape)) {
                for (Metric metric : results.metrics(shape, stack)) {
                    lines.add(String.format(
                            Locale.ROOT,
                            "{\"bench\":\"%s\",\"stack\":\"%s\",\"link\":\"%s\",\"shape\":\"%s\",\"metric\":\"%s\","
                                    + "\"unit\":\"%s\",\"value\":%.3f,\"low\":%.3f,\"high\":%.3f}",
                            shape.service().label(),
                            stack.label(),
                            stack.link(),
                            shape.label(),
                            metric.label(),
                            metric.unit(),
                            results.median(shape, stack, metric),
                            results.low(shape, stack, metric),
                            results.high(shape, stack, metric)));
                }
            }
        }
        return lines;
    }
}

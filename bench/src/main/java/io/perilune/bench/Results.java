package io.perilune.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What was measured in all rounds. */
final class Results {

    private final Map<Shape, Map<Stack, Map<Metric, List<Double>>>> values = new LinkedHashMap<>();

    /** Adds one round's values. */
    void add(Shape shape, Stack stack, Map<Metric, Double> round) {
        Map<Metric, List<Double>> metrics = values.computeIfAbsent(shape, key -> new EnumMap<>(Stack.class))
                .computeIfAbsent(stack, key -> new EnumMap<>(Metric.class));
        round.forEach((metric, value) ->
                metrics.computeIfAbsent(metric, key -> new ArrayList<>()).add(value));
    }

    /** Returns the shapes, in the order in which they came first. */
    Set<Shape> shapes() {
        return Collections.unmodifiableSet(values.keySet());
    }

    /** Returns the stacks of a shape, in their order. */
    Set<Stack> stacks(Shape shape) {
        return Collections.unmodifiableSet(values.getOrDefault(shape, Map.of()).keySet());
    }

    /** Returns the metrics that were measured, in their order. */
    Set<Metric> metrics(Shape shape, Stack stack) {
        return Collections.unmodifiableSet(values.get(shape).get(stack).keySet());
    }

    /** Returns the median of the rounds; of an even number of them the mean of the middle two. */
    double median(Shape shape, Stack stack, Metric metric) {
        List<Double> sorted = sorted(shape, stack, metric);
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    /** Returns the least of the rounds. */
    double low(Shape shape, Stack stack, Metric metric) {
        return sorted(shape, stack, metric).get(0);
    }

    /** Returns the greatest of the rounds. */
    double high(Shape shape, Stack stack, Metric metric) {
        List<Double> sorted = sorted(shape, stack, metric);
        return sorted.get(sorted.size() - 1);
    }

    private List<Double> sorted(Shape shape, Stack stack, Metric metric) {
        List<Double> sorted = new ArrayList<>(values.get(shape).get(stack).get(metric));
        Collections.sort(sorted);
        return sorted;
    }
}

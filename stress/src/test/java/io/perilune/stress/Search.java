package io.perilune.stress;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Searches through all that can happen in a model. What it finds wrong: a snapshot that the model calls wrong; one from
 * which no process can go on before all is over (a lost wake-up); and processes that go round for ever, though each gets
 * its turns (starvation, a wait for what never comes).
 */
final class Search {

    /** Far more than any model here needs: one that exceeds it has a variable that grows. */
    private static final int STATES_MOST = 5_000_000;

    private final Model model;
    private final Map<Snapshot, Integer> numbers = new HashMap<>();
    private final List<Snapshot> states = new ArrayList<>();
    private final Numbers cameFrom = new Numbers();
    private final Numbers cameBy = new Numbers();

    // The steps of state i, from firstStep(i) to firstStep(i + 1).
    private final Numbers firstStep = new Numbers();
    private final Numbers stepTo = new Numbers();
    private final Numbers stepBy = new Numbers();

    private Search(Model model) {
        this.model = model;
    }

    /**
     * What was found.
     *
     * @param states how many different snapshots there were
     * @param fault what is wrong, with the steps that lead there; or null
     */
    record Result(int states, String fault) {}

    /** Searches. */
    static Result through(Model model) {
        Search search = new Search(model);
        String fault = search.explore();
        if (fault == null) {
            fault = search.findStarvation();
        }
        return new Result(search.states.size(), fault);
    }

    private String explore() {
        number(model.start(), 0, -1);
        for (int at = 0; at < states.size(); at++) {
            Snapshot now = states.get(at);
            String wrong = model.wrong(now);
            if (wrong != null) {
                return wrong + account(at);
            }
            firstStep.add(stepTo.size());
            for (int process = 0; process < model.processes(); process++) {
                Snapshot next = now.copy();
                for (int choice = 0; model.step(next, process, choice); choice++) {
                    stepTo.add(number(next, at, process));
                    stepBy.add(process);
                    next = now.copy();
                }
            }
            if (stepTo.size() == firstStep.get(at) && !model.isOver(now)) {
                return "nobody can go on, and it is not over" + account(at);
            }
        }
        firstStep.add(stepTo.size());
        return null;
    }

    private int number(Snapshot snapshot, int from, int by) {
        Integer known = numbers.get(snapshot);
        if (known != null) {
            return known;
        }
        int number = states.size();
        if (number == STATES_MOST) {
            throw new IllegalStateException("more than " + STATES_MOST + " states");
        }
        numbers.put(snapshot, number);
        states.add(snapshot);
        cameFrom.add(from);
        cameBy.add(by);
        return number;
    }

    private String account(int at) {
        List<Integer> way = new ArrayList<>();
        for (int i = at; cameBy.get(i) >= 0; i = cameFrom.get(i)) {
            way.add(0, i);
        }
        StringBuilder text = new StringBuilder(":");
        for (int i : way) {
            int process = cameBy.get(i);
            text.append("\n  ").append(process).append(": ");
            text.append(model.next(states.get(cameFrom.get(i)), process));
        }
        text.append("\n  and then:");
        for (int process = 0; process < model.processes(); process++) {
            text.append("\n  ").append(process).append(" is at ").append(model.next(states.get(at), process));
        }
        return text.toString();
    }

    /**
     * Looks for a set of states that lead round to each other, in which each process either makes a step or waits at least
     * once: a schedule that is fair to all can go on there for ever.
     */
    private String findStarvation() {
        Components components = new Components();
        components.find();
        int count = components.count;
        boolean[] goesRound = new boolean[count];
        // For each component and process: whether it makes a step within, or waits at least once.
        boolean[][] isServed = new boolean[model.processes()][count];
        int[] member = new int[count];
        for (int at = 0; at < states.size(); at++) {
            int component = components.of[at];
            member[component] = at;
            boolean[] enabled = new boolean[model.processes()];
            for (int step = firstStep.get(at); step < firstStep.get(at + 1); step++) {
                int process = stepBy.get(step);
                enabled[process] = true;
                if (components.of[stepTo.get(step)] == component) {
                    goesRound[component] = true;
                    isServed[process][component] = true;
                }
            }
            for (int process = 0; process < enabled.length; process++) {
                if (!enabled[process]) {
                    isServed[process][component] = true;
                }
            }
        }
        for (int component = 0; component < count; component++) {
            int number = component;
            if (goesRound[component] && Arrays.stream(isServed).allMatch(of -> of[number])) {
                return "it goes round for ever" + account(member[component]);
            }
        }
        return null;
    }

    /** The strongly connected components, by Tarjan's algorithm without recursion. */
    private final class Components {
        private static final int NONE = -1;

        private final int[] of = new int[states.size()];
        private final int[] order = new int[states.size()];
        private final int[] lowest = new int[states.size()];
        private final int[] nextStep = new int[states.size()];
        private final Numbers path = new Numbers();
        private final Numbers open = new Numbers();
        private int visited;
        private int count;

        void find() {
            Arrays.fill(of, NONE);
            visit(0); // everything is reached from there
            while (path.size() > 0) {
                int at = path.last();
                if (nextStep[at] < firstStep.get(at + 1)) {
                    int to = stepTo.get(nextStep[at]++);
                    if (order[to] == 0) {
                        visit(to);
                    } else if (of[to] == NONE) {
                        lowest[at] = Math.min(lowest[at], order[to]);
                    }
                } else {
                    leave(at);
                }
            }
        }

        private void visit(int at) {
            order[at] = ++visited;
            lowest[at] = visited;
            nextStep[at] = firstStep.get(at);
            path.add(at);
            open.add(at);
        }

        private void leave(int at) {
            path.removeLast();
            if (path.size() > 0) {
                lowest[path.last()] = Math.min(lowest[path.last()], lowest[at]);
            }
            if (lowest[at] == order[at]) {
                int member;
                do {
                    member = open.removeLast();
                    of[member] = count;
                } while (member != at);
                count++;
            }
        }
    }

    /** A list of ints. */
    private static final class Numbers {
        private int[] values = new int[1024];
        private int size;

        void add(int value) {
            if (size == values.length) {
                values = Arrays.copyOf(values, 2 * size);
            }
            values[size++] = value;
        }

        int get(int index) {
            return values[index];
        }

        int last() {
            return values[size - 1];
        }

        int removeLast() {
            return values[--size];
        }

        int size() {
            return size;
        }
    }
}

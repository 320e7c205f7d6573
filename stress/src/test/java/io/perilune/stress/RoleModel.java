package io.perilune.stress;

import java.util.Arrays;
import java.util.Locale;

/**
 * {@code loop/DriverRole} as its steps, in their order: operations that take the role, do their work, leave it to the next
 * if somebody wants the role ({@code Shard.exit}), and give it up; and perhaps threads that never have enough.
 *
 * <p>The spins before a contender parks are one more try; a thread wakes for no reason but a permit, so a wake-up that is
 * lost leaves it parked.
 */
final class RoleModel implements Model {

    /** What a process does. */
    enum Kind {
        /** Takes the role some times. */
        OPERATES,
        /** Has the role until those that operate have ended, and gives way. */
        LEADS,
        /** Takes the role again as soon as it has left it, until those that operate have ended. */
        IS_GREEDY
    }

    /** What may be wrong in a protocol, to see that it is found. */
    enum Mutation {
        /** The protocol as it is. */
        NONE,
        /** A contender looks whether the role is free, then enters the queue, then parks. */
        LOOKS_BEFORE_IT_QUEUES,
        /** A holder looks into the queue, then frees the role. */
        FREES_AFTER_IT_LOOKED,
        /** A holder frees the role and wakes nobody. */
        WAKES_NOBODY,
        /** A hand-over makes a contender the owner and does not wake it. */
        HANDS_OVER_IN_SILENCE,
        /** A contender that was woken in vain parks again without a word. */
        NEVER_ASKS,
        /** A holder that leaves does not see that a hand-over was asked for. */
        IGNORES_REQUESTS,
        /** A contender that took the role stays in the queue. */
        STAYS_IN_THE_QUEUE,
        /** To take the role is a look and a write. */
        TAKES_IN_TWO_STEPS,
        /** A contender counts until it has done its work. */
        COUNTS_TOO_LONG,
    }

    /** So often the role is taken by who comes along while a request for a hand-over stands. */
    private static final int MOST_BYPASSES = 1;

    private enum At {
        BEGIN,
        SET_OWNER_AFTER_A_LOOK,
        COUNT,
        SPIN,
        ENTER_QUEUE,
        LOOK_FOR_A_HAND_OVER,
        TRY_IN_QUEUE,
        ASK_FOR_A_HAND_OVER,
        TRY_AFTER_ASKING,
        PARK,
        QUIT_QUEUE,
        COUNT_NO_MORE,
        WORK,
        TURN,
        EXIT,
        LEAVE,
        TAKE_BACK_THE_REQUEST,
        POLL,
        MAKE_OWNER,
        UNPARK_THE_NEW_OWNER,
        FREE,
        PEEK,
        UNPARK,
        AFTER,
        DONE
    }

    private static final At[] PLACES = At.values();
    private static final int NOBODY = -1;

    // What all share.
    private static final int OWNER = 0;
    private static final int CONTENDERS = 1;
    private static final int HAND_OVER = 2;
    private static final int LEFT = 3;
    private static final int BYPASSES = 4;
    private static final int QUEUED = 5;
    private static final int SHARED = 6;

    // Of each process.
    private static final int AT = 0;
    private static final int PERMIT = 1;
    private static final int WOKEN = 2;
    private static final int ROUNDS = 3;
    private static final int OTHER = 4;
    private static final int INSIDE = 5;
    private static final int COUNTED = 6;
    private static final int GIVES_WAY = 7;
    private static final int OWN = 8;

    private final Mutation mutation;
    private final int rounds;
    private final Kind[] kinds;
    private final int processes;

    /**
     * Makes it.
     *
     * @param rounds how often those that operate take the role
     * @param kinds what each process does
     */
    RoleModel(Mutation mutation, int rounds, Kind... kinds) {
        this.mutation = mutation;
        this.rounds = rounds;
        this.kinds = kinds;
        this.processes = kinds.length;
    }

    @Override
    public int processes() {
        return processes;
    }

    @Override
    public Snapshot start() {
        Snapshot start = new Snapshot(SHARED + processes + processes * OWN);
        start.set(OWNER, NOBODY);
        for (int process = 0; process < processes; process++) {
            start.set(of(process, ROUNDS), rounds);
        }
        return start;
    }

    @Override
    public boolean step(Snapshot now, int me, int choice) {
        if (choice > 0) {
            return false;
        }
        switch (at(now, me)) {
            case BEGIN:
                if (mutation == Mutation.TAKES_IN_TWO_STEPS && now.get(OWNER) == NOBODY) {
                    return go(now, me, At.SET_OWNER_AFTER_A_LOOK);
                }
                return tryTake(now, me) ? go(now, me, inside(me)) : go(now, me, At.COUNT);
            case SET_OWNER_AFTER_A_LOOK:
                become(now, me);
                return go(now, me, inside(me));
            case COUNT:
                now.add(CONTENDERS, 1);
                now.set(of(me, COUNTED), true);
                return go(now, me, At.SPIN);
            case SPIN:
                if (tryTake(now, me)) {
                    return go(now, me, At.COUNT_NO_MORE);
                }
                return go(now, me, looksFirst() ? At.TRY_IN_QUEUE : At.ENTER_QUEUE);
            case ENTER_QUEUE:
                now.set(SHARED + now.get(QUEUED), me);
                now.add(QUEUED, 1);
                return go(now, me, looksFirst() ? At.PARK : At.LOOK_FOR_A_HAND_OVER);
            case LOOK_FOR_A_HAND_OVER:
                if (now.get(OWNER) == me) {
                    now.set(of(me, INSIDE), true);
                    return go(now, me, At.COUNT_NO_MORE);
                }
                return go(now, me, At.TRY_IN_QUEUE);
            case TRY_IN_QUEUE:
                if (tryTake(now, me)) {
                    return go(now, me, At.QUIT_QUEUE);
                }
                if (looksFirst() && !isQueued(now, me)) {
                    return go(now, me, At.ENTER_QUEUE);
                }
                boolean asks = now.is(of(me, WOKEN)) && mutation != Mutation.NEVER_ASKS;
                return go(now, me, asks ? At.ASK_FOR_A_HAND_OVER : At.PARK);
            case ASK_FOR_A_HAND_OVER:
                now.set(HAND_OVER, true);
                return go(now, me, At.TRY_AFTER_ASKING);
            case TRY_AFTER_ASKING:
                return go(now, me, tryTake(now, me) ? At.QUIT_QUEUE : At.PARK);
            case PARK:
                if (!now.is(of(me, PERMIT))) {
                    return false;
                }
                now.set(of(me, PERMIT), false);
                now.set(of(me, WOKEN), true);
                return go(now, me, At.LOOK_FOR_A_HAND_OVER);
            case QUIT_QUEUE:
                if (mutation != Mutation.STAYS_IN_THE_QUEUE) {
                    removeFromQueue(now, me);
                }
                return go(now, me, At.COUNT_NO_MORE);
            case COUNT_NO_MORE:
                now.set(of(me, WOKEN), false);
                if (mutation != Mutation.COUNTS_TOO_LONG) {
                    countNoMore(now, me);
                }
                return go(now, me, inside(me));
            default:
                return stepInside(now, me);
        }
    }

    private boolean stepInside(Snapshot now, int me) {
        switch (at(now, me)) {
            case WORK:
                return go(now, me, At.EXIT);
            case TURN:
                now.set(LEFT, false);
                if (isAllDone(now)) {
                    return go(now, me, At.LEAVE);
                }
                if (now.get(CONTENDERS) > 0) {
                    now.set(of(me, GIVES_WAY), true);
                    return go(now, me, At.TAKE_BACK_THE_REQUEST);
                }
                return true;
            case EXIT:
                now.set(LEFT, now.get(CONTENDERS) > 0);
                return go(now, me, At.LEAVE);
            case LEAVE:
                boolean isAsked = now.is(HAND_OVER) && mutation != Mutation.IGNORES_REQUESTS;
                return go(now, me, isAsked ? At.TAKE_BACK_THE_REQUEST : freesOrPeeks());
            case TAKE_BACK_THE_REQUEST:
                now.set(HAND_OVER, false);
                now.set(BYPASSES, 0);
                return go(now, me, At.POLL);
            case POLL:
                if (now.get(QUEUED) == 0) {
                    return go(now, me, freesOrPeeks());
                }
                int next = now.get(SHARED);
                removeFromQueue(now, next);
                now.set(of(me, OTHER), next);
                return go(now, me, At.MAKE_OWNER);
            case MAKE_OWNER:
                now.set(of(me, INSIDE), false);
                now.set(OWNER, now.get(of(me, OTHER)));
                return go(now, me, At.UNPARK_THE_NEW_OWNER);
            case UNPARK_THE_NEW_OWNER:
                if (mutation != Mutation.HANDS_OVER_IN_SILENCE) {
                    now.set(of(now.get(of(me, OTHER)), PERMIT), true);
                }
                now.set(of(me, OTHER), 0);
                return go(now, me, At.AFTER);
            case FREE:
                now.set(of(me, INSIDE), false);
                now.set(OWNER, NOBODY);
                if (now.is(of(me, GIVES_WAY))) {
                    return go(now, me, At.AFTER); // those that spin are to take it
                }
                return go(now, me, mutation == Mutation.FREES_AFTER_IT_LOOKED ? At.UNPARK : At.PEEK);
            case PEEK:
                now.set(of(me, OTHER), now.get(QUEUED) == 0 ? NOBODY : now.get(SHARED));
                return go(now, me, mutation == Mutation.FREES_AFTER_IT_LOOKED ? At.FREE : At.UNPARK);
            case UNPARK:
                int parked = now.get(of(me, OTHER));
                if (parked != NOBODY && mutation != Mutation.WAKES_NOBODY) {
                    now.set(of(parked, PERMIT), true);
                }
                now.set(of(me, OTHER), 0);
                return go(now, me, At.AFTER);
            case AFTER:
                countNoMore(now, me);
                if (now.is(of(me, GIVES_WAY))) {
                    now.set(of(me, GIVES_WAY), false);
                    return go(now, me, At.BEGIN);
                }
                return go(now, me, isAtItsEnd(now, me) ? At.DONE : At.BEGIN);
            default:
                return false; // done
        }
    }

    @Override
    public String wrong(Snapshot now) {
        int inside = 0;
        for (int process = 0; process < processes; process++) {
            if (now.is(of(process, INSIDE))) {
                inside++;
                if (now.get(OWNER) != process) {
                    return process + " is inside and not the owner";
                }
            }
        }
        if (now.get(BYPASSES) > MOST_BYPASSES) {
            return "a hand-over was asked for, and the role was taken " + now.get(BYPASSES) + " times by the way";
        }
        return inside > 1 ? "two are inside" : null;
    }

    @Override
    public boolean isOver(Snapshot now) {
        for (int process = 0; process < processes; process++) {
            if (at(now, process) != At.DONE) {
                return false;
            }
        }
        return now.get(OWNER) == NOBODY && now.get(CONTENDERS) == 0 && now.get(QUEUED) == 0 && !now.is(LEFT);
    }

    @Override
    public String next(Snapshot now, int process) {
        return at(now, process).name().toLowerCase(Locale.ROOT);
    }

    @Override
    public String toString() {
        return Arrays.toString(kinds) + ", " + rounds + " rounds";
    }

    private boolean tryTake(Snapshot now, int me) {
        if (now.get(OWNER) != NOBODY) {
            return false;
        }
        become(now, me);
        return true;
    }

    private void become(Snapshot now, int me) {
        now.set(OWNER, me);
        now.set(of(me, INSIDE), true);
        if (now.is(HAND_OVER)) {
            now.add(BYPASSES, 1);
        }
    }

    private At inside(int me) {
        return isLeader(me) ? At.TURN : At.WORK;
    }

    private boolean looksFirst() {
        return mutation == Mutation.LOOKS_BEFORE_IT_QUEUES;
    }

    private At freesOrPeeks() {
        return mutation == Mutation.FREES_AFTER_IT_LOOKED ? At.PEEK : At.FREE;
    }

    private void countNoMore(Snapshot now, int me) {
        if (now.is(of(me, COUNTED))) {
            now.set(of(me, COUNTED), false);
            now.add(CONTENDERS, -1);
        }
    }

    private boolean isAtItsEnd(Snapshot now, int me) {
        if (kinds[me] != Kind.OPERATES) {
            return isAllDone(now);
        }
        now.add(of(me, ROUNDS), -1);
        return now.get(of(me, ROUNDS)) == 0;
    }

    private boolean isAllDone(Snapshot now) {
        for (int process = 0; process < processes; process++) {
            if (kinds[process] == Kind.OPERATES && at(now, process) != At.DONE) {
                return false;
            }
        }
        return true;
    }

    private boolean isLeader(int process) {
        return kinds[process] == Kind.LEADS;
    }

    private boolean isQueued(Snapshot now, int process) {
        for (int i = 0; i < now.get(QUEUED); i++) {
            if (now.get(SHARED + i) == process) {
                return true;
            }
        }
        return false;
    }

    private static void removeFromQueue(Snapshot now, int process) {
        int kept = 0;
        int length = now.get(QUEUED);
        for (int i = 0; i < length; i++) {
            int queued = now.get(SHARED + i);
            now.set(SHARED + i, 0);
            if (queued != process) {
                now.set(SHARED + kept++, queued);
            }
        }
        now.set(QUEUED, kept);
    }

    private At at(Snapshot now, int process) {
        return PLACES[now.get(of(process, AT))];
    }

    @SuppressWarnings("EnumOrdinal") // the number is for this run
    private boolean go(Snapshot now, int process, At place) {
        now.set(of(process, AT), place.ordinal());
        return true;
    }

    private int of(int process, int variable) {
        return SHARED + processes + process * OWN + variable;
    }
}

package io.perilune.doctor;

import java.util.List;

/** One look at the machine. Changes nothing on it. */
interface Check {

    /** Returns what it found, a row of the table each. */
    List<Finding> look(Machine machine);
}

/**
 * What {@code perilune doctor} looks at: whether Perilune can run on this machine, and what a user can do where it cannot.
 *
 * <p>{@link io.perilune.doctor.Doctor} has the list of checks. Each is a {@link io.perilune.doctor.Check} that looks at a
 * {@link io.perilune.doctor.Machine}, which is files below a folder, and makes {@link io.perilune.doctor.Finding}s; {@link
 * io.perilune.doctor.Report} prints them as one table, with the advice and a {@link io.perilune.doctor.Verdict} behind.
 * Nothing here changes anything on the machine.
 */
package io.perilune.doctor;

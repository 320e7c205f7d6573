package io.perilune.memory;

/**
 * Where a pool's free cells live while they are not on its own list: the link's memory, from which the device's driver
 * takes the cells it receives into. Cells are moved in bulk, so that the native border is crossed seldom. Called by the
 * shard's driver only.
 */
public interface CellSource {

    /**
     * Takes free cells out.
     *
     * @param cells where their numbers go, from index 0
     * @param most how many at most
     * @return how many there were
     */
    int take(int[] cells, int most);

    /**
     * Gives cells back. One that the device's driver still holds is free when that one is done too.
     *
     * @param cells their numbers, from index 0
     * @param count how many
     */
    void give(int[] cells, int count);
}

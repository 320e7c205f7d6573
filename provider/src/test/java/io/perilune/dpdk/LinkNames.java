package io.perilune.dpdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.config.Setting;
import io.perilune.config.Settings;
import java.io.IOException;
import java.nio.file.Path;

/** What this package makes of the texts that the settings let pass. */
public final class LinkNames {

    private LinkNames() {}

    /** Takes a link and its addresses apart: a refusal in words is good, anything else thrown is not. */
    public static void check(Settings settings) {
        String text = settings.text(Setting.LINK);
        if (!text.equals("none")) {
            try {
                LinkName name = LinkName.parse(text);
                assertThat(name.target()).isNotEmpty();
                if (name.kind() == LinkName.Kind.MEMIF_CLIENT || name.kind() == LinkName.Kind.MEMIF_SERVER) {
                    assertThat(Path.of(name.target()).toString()).isNotEmpty();
                }
            } catch (IOException e) {
                assertThat(e.getMessage()).isNotEmpty();
            }
        }
        KernelSide side = KernelSide.of(settings.text(Setting.ADDRESS));
        assertThat(side.prefixLength()).isBetween(1, 32);
        KernelSide6 side6 = KernelSide6.of(settings.text(Setting.ADDRESS6));
        assertThat(side6 == null || side6.prefixLength() < 128).isTrue();
    }
}

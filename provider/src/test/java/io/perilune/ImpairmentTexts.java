package io.perilune;

import io.perilune.config.Setting;
import io.perilune.config.Settings;
import io.perilune.link.Link;
import java.io.IOException;
import java.util.Map;

/** What the root makes of a bad path's description that the settings let pass. */
public final class ImpairmentTexts {

    private ImpairmentTexts() {}

    /** Wraps a link as the settings ask, without a capture and a trace, and returns what that makes. */
    public static Link wrap(Settings settings, Link link) throws IOException {
        return LinkWrappers.wrap(Settings.of(Map.of(Setting.IMPAIR.key(), settings.text(Setting.IMPAIR))), link);
    }
}

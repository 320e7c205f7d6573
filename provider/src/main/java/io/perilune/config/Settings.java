package io.perilune.config;

import java.util.EnumMap;
import java.util.Map;

/** All settings, resolved and checked. Immutable. */
@SuppressWarnings("EnumOrdinal") // the ordinal is the place in an array that lives as long as the enum
public final class Settings {

    private final EnumMap<Setting, String> texts = new EnumMap<>(Setting.class);
    private final EnumMap<Setting, String> sources = new EnumMap<>(Setting.class);
    private final long[] numbers = new long[Setting.values().length];

    private Settings() {
        for (Setting setting : Setting.values()) {
            set(setting, setting.defaultValue(), "default");
        }
    }

    /**
     * Returns the given settings, the others at their defaults.
     *
     * @param values by key without the prefix, as {@code tcp.rto-min}
     * @param source where they come from, for messages
     * @throws SettingException if a key is unknown or a value is not allowed
     */
    public static Settings of(Map<String, String> values, String source) {
        Settings settings = new Settings();
        values.forEach((key, value) -> settings.set(settingOf(key, source), value, source));
        return settings;
    }

    /** Returns the given settings, the others at their defaults; for tests and tools. */
    public static Settings of(Map<String, String> values) {
        return of(values, "argument");
    }

    /** Returns the settings at their defaults. */
    public static Settings defaults() {
        return new Settings();
    }

    /** Returns a copy in which further settings replace these. */
    public Settings with(Map<String, String> values, String source) {
        Settings copy = new Settings();
        texts.forEach((setting, text) -> copy.set(setting, text, sources.get(setting)));
        values.forEach((key, value) -> copy.set(settingOf(key, source), value, source));
        return copy;
    }

    /** Returns a value as text. */
    public String text(Setting setting) {
        return texts.get(setting);
    }

    /** Returns a value as a number: bytes of a size, nanoseconds of a time, the count itself of a number. */
    public long number(Setting setting) {
        return numbers[setting.ordinal()];
    }

    /** Returns a value that is true or false. */
    public boolean flag(Setting setting) {
        return numbers[setting.ordinal()] != 0;
    }

    /** Returns where a value comes from: {@code default}, {@code system property}, a file's name... */
    public String source(Setting setting) {
        return sources.get(setting);
    }

    private void set(Setting setting, String value, String source) {
        try {
            numbers[setting.ordinal()] = setting.kind().read(value);
        } catch (IllegalArgumentException e) {
            throw new SettingException(setting.property() + "=" + value + " (" + source + ") is not allowed: it takes "
                    + setting.kind().allowed());
        }
        texts.put(setting, value);
        sources.put(setting, source);
    }

    private static Setting settingOf(String key, String source) {
        for (Setting setting : Setting.values()) {
            if (setting.key().equals(key)) {
                return setting;
            }
        }
        StringBuilder known = new StringBuilder();
        for (Setting setting : Setting.values()) {
            known.append(known.length() == 0 ? "" : ", ").append(setting.key());
        }
        throw new SettingException(
                "perilune." + key + " (" + source + ") is not a setting: there are " + known + " and config");
    }
}

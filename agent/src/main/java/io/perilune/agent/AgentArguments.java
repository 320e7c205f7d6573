package io.perilune.agent;

import io.perilune.config.Setting;
import io.perilune.config.SettingException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The text behind the jar's name in {@code -javaagent:perilune.jar=}: settings, separated by commas. A value may have
 * commas of its own, as {@code link=memif:PATH,server} has: what begins with no setting's key goes on with the value
 * before it.
 */
final class AgentArguments {

    private AgentArguments() {}

    /**
     * Returns the settings by their keys.
     *
     * @param text null or empty for none
     * @throws SettingException if the text does not begin with {@code key=value}
     */
    static Map<String, String> parse(String text) {
        Map<String, String> settings = new LinkedHashMap<>();
        if (text == null || text.isEmpty()) {
            return settings;
        }
        String last = null;
        for (String part : text.split(",", -1)) {
            int equals = part.indexOf('=');
            String key = equals < 0 ? "" : part.substring(0, equals);
            if (isSetting(key) || (last == null && equals > 0)) {
                // An unknown first key is left to whoever reads the settings: he knows all that there are.
                settings.put(key, part.substring(equals + 1));
                last = key;
            } else if (last == null) {
                throw new SettingException("the agent's argument '" + part + "' is not key=value");
            } else {
                settings.merge(last, part, (before, more) -> before + "," + more);
            }
        }
        return settings;
    }

    private static boolean isSetting(String key) {
        for (Setting setting : Setting.values()) {
            if (setting.key().equals(key)) {
                return true;
            }
        }
        return false;
    }
}

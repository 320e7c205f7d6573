package io.perilune.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;

/**
 * Reads the settings from where a user may have put them (DESIGN D10). What comes first counts: system property {@code
 * perilune.KEY}, environment variable {@code PERILUNE_KEY}, agent argument, file named by {@code perilune.config}.
 */
public final class SettingsReader {

    /** The system property that names a properties file with settings, their keys without the prefix. */
    public static final String FILE_PROPERTY = "perilune.config";

    private static final String PROPERTY_PREFIX = "perilune.";
    private static final String ENVIRONMENT_PREFIX = "PERILUNE_";
    private static final String FILE_ENVIRONMENT = "PERILUNE_CONFIG";
    /** For developers; not a setting of the stack, read where the library is loaded. */
    private static final String LIBRARY_PROPERTY = "perilune.native.library";

    /** A tap is a network of its own, so an address of the range for benchmarks (RFC 2544) disturbs nobody. */
    private static final String TAP_ADDRESS = "198.18.0.2/24";

    private static final String TAP_ADDRESS6 = "fd00:7065::2/64";
    private static final int IPV6_MTU = 1280;

    /** The source of a setting that link=tap gives. */
    public static final String TAP_SOURCE = "default of the tap";

    private static volatile Map<String, String> agentArguments = Map.of();

    private SettingsReader() {}

    /** Sets what the agent was told, by key. Any thread; what has been read before stays as it is. */
    public static void agentArguments(Map<String, String> arguments) {
        agentArguments = Map.copyOf(arguments);
    }

    /**
     * Returns the settings of this JVM.
     *
     * @throws SettingException if there is an unknown setting, a value that is not allowed, or a file that cannot be read
     */
    public static Settings read() {
        return read(System.getProperties(), System.getenv(), agentArguments);
    }

    /**
     * Returns the settings that this JVM would have if an agent were told this.
     *
     * @throws SettingException as {@link #read()}
     */
    public static Settings read(Map<String, String> arguments) {
        return read(System.getProperties(), System.getenv(), arguments);
    }

    /**
     * Returns the settings of the given sources.
     *
     * @param properties as the system's: those with the prefix count
     * @param environment as the process's: those with the prefix count
     * @param arguments the agent's, by key without a prefix
     * @throws SettingException as {@link #read()} does
     */
    public static Settings read(Properties properties, Map<String, String> environment, Map<String, String> arguments) {
        String file = properties.getProperty(FILE_PROPERTY, environment.get(FILE_ENVIRONMENT));
        Settings settings = Settings.defaults();
        if (file != null) {
            settings = settings.with(ofFile(file), "file " + file);
        }
        settings = settings.with(arguments, "agent argument")
                .with(ofEnvironment(environment), "environment")
                .with(ofProperties(properties), "system property");
        if (settings.text(Setting.LINK).startsWith("tap")) {
            if (settings.text(Setting.ADDRESS).isEmpty()) {
                settings = settings.with(Map.of(Setting.ADDRESS.key(), TAP_ADDRESS), TAP_SOURCE);
            }
            // IPv6 needs an MTU of 1280 (RFC 8200 §5): with less, a default must not be in the way.
            if (settings.text(Setting.ADDRESS6).isEmpty() && settings.number(Setting.MTU) >= IPV6_MTU) {
                settings = settings.with(Map.of(Setting.ADDRESS6.key(), TAP_ADDRESS6), TAP_SOURCE);
            }
        }
        return settings;
    }

    /**
     * Returns whether {@link Setting#REQUIRED} is true, though the settings as a whole may be wrong. The file is not
     * asked.
     */
    public static boolean isRequired() {
        String value = System.getProperty(Setting.REQUIRED.property(), System.getenv(Setting.REQUIRED.environment()));
        return "true".equals(value == null ? agentArguments.get(Setting.REQUIRED.key()) : value);
    }

    private static Map<String, String> ofProperties(Properties properties) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String name : properties.stringPropertyNames()) {
            if (name.startsWith(PROPERTY_PREFIX) && !name.equals(FILE_PROPERTY) && !name.equals(LIBRARY_PROPERTY)) {
                values.put(name.substring(PROPERTY_PREFIX.length()), properties.getProperty(name));
            }
        }
        return values;
    }

    private static Map<String, String> ofEnvironment(Map<String, String> environment) {
        Map<String, String> values = new LinkedHashMap<>();
        environment.forEach((name, value) -> {
            if (name.startsWith(ENVIRONMENT_PREFIX) && !name.equals(FILE_ENVIRONMENT)) {
                values.put(keyOf(name), value);
            }
        });
        return values;
    }

    /** A variable's name has lost the difference between dots and dashes: the table knows which it was. */
    private static String keyOf(String variable) {
        for (Setting setting : Setting.values()) {
            if (setting.environment().equals(variable)) {
                return setting.key();
            }
        }
        return variable.substring(ENVIRONMENT_PREFIX.length()).toLowerCase(Locale.ROOT);
    }

    private static Map<String, String> ofFile(String file) {
        Properties properties = new Properties();
        try (InputStream in = Files.newInputStream(Path.of(file))) {
            properties.load(in);
        } catch (IOException | IllegalArgumentException e) {
            throw new SettingException(FILE_PROPERTY + "=" + file + " cannot be read: " + e);
        }
        Map<String, String> values = new LinkedHashMap<>();
        for (String name : properties.stringPropertyNames()) {
            String key = name.startsWith(PROPERTY_PREFIX) ? name.substring(PROPERTY_PREFIX.length()) : name;
            values.put(key, properties.getProperty(name).trim());
        }
        return values;
    }
}

package io.perilune.doctor;

import io.perilune.config.SettingException;
import io.perilune.config.Settings;
import io.perilune.config.SettingsReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * A machine as its files describe it. What cannot be read is as if it were not there: so says a kernel that lacks a thing,
 * and a container that hides it. Immutable.
 */
public final class Machine {

    private final Path root;
    private final Properties properties;
    private final Map<String, String> environment;

    /**
     * Makes one.
     *
     * @param root the folder in which {@code /proc}, {@code /sys} and {@code /dev} are
     * @param properties as the system's
     * @param environment as the process's
     */
    public Machine(Path root, Properties properties, Map<String, String> environment) {
        this.root = root;
        this.properties = properties;
        this.environment = Map.copyOf(environment);
    }

    String property(String name) {
        return properties.getProperty(name, "");
    }

    /** Reads the settings that a program would get here. */
    Settings settings() throws SettingException {
        return SettingsReader.read(properties, environment, Map.of());
    }

    /** Returns the settings that a program would get here, or the defaults if those are wrong. */
    Settings settingsOrDefaults() {
        try {
            return settings();
        } catch (SettingException e) {
            return SettingsReader.read(new Properties(), Map.of(), Map.of());
        }
    }

    Path path(String absolute) {
        return root.resolve(absolute.substring(1));
    }

    boolean has(String absolute) {
        return Files.exists(path(absolute));
    }

    List<String> lines(String absolute) {
        try {
            return text(absolute).lines().toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    /** Returns the first line, stripped; empty if there is none. */
    String line(String absolute) {
        List<String> lines = lines(absolute);
        return lines.isEmpty() ? "" : lines.get(0).strip();
    }

    /** Returns what follows {@code key} and a colon in the first line that begins so; empty if there is none. */
    String field(String absolute, String key) {
        for (String line : lines(absolute)) {
            int colon = line.indexOf(':');
            if (colon >= 0 && line.substring(0, colon).strip().equals(key)) {
                return line.substring(colon + 1).strip();
            }
        }
        return "";
    }

    /** Returns a file's number; -1 if it has none. */
    long number(String absolute) {
        try {
            return Long.parseLong(line(absolute));
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    /** Returns the names in a folder, in order; none if it is not there. */
    List<String> names(String absolute) {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(path(absolute))) {
            entries.forEach(entry -> names.add(entry.getFileName().toString()));
        } catch (IOException e) {
            return List.of();
        }
        Collections.sort(names);
        return names;
    }

    /** Returns whether there is a network interface of that name. */
    boolean hasInterface(String name) {
        return lines("/proc/net/dev").stream().anyMatch(line -> line.strip().startsWith(name + ":"));
    }

    /** Returns whether this process may do what a capability allows. */
    boolean may(Capability capability) {
        String effective = field("/proc/self/status", "CapEff");
        try {
            return (Long.parseUnsignedLong(effective, 16) & (1L << capability.number())) != 0;
        } catch (NumberFormatException e) {
            return false;
        }
    }

    private String text(String absolute) throws IOException {
        // Files of /proc have no length to be read by, and whatever bytes the kernel puts there.
        return new String(Files.readAllBytes(path(absolute)), StandardCharsets.ISO_8859_1);
    }
}

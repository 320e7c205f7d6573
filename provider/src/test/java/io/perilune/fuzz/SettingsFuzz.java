package io.perilune.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.ImpairmentTexts;
import io.perilune.config.Setting;
import io.perilune.config.SettingException;
import io.perilune.config.Settings;
import io.perilune.config.SettingsReader;
import io.perilune.dpdk.LinkNames;
import io.perilune.ip.Ipv6Routes;
import io.perilune.ip.RouteTable;
import io.perilune.link.LoopbackLink;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;

/** The text of settings, as a properties file has it: it is refused in words, or everybody who reads it understands it. */
public final class SettingsFuzz {

    private static final FuzzMemory MEMORY = new FuzzMemory();

    private SettingsFuzz() {}

    /** Runs one input. */
    public static void fuzzerTestOneInput(byte[] data) throws IOException {
        Properties read = new Properties();
        try {
            read.load(new StringReader(new String(data, StandardCharsets.ISO_8859_1)));
        } catch (IllegalArgumentException e) {
            return; // not a properties file; who reads one says so
        }
        Properties properties = new Properties();
        for (String name : read.stringPropertyNames()) {
            if (!name.equals("config")) {
                properties.setProperty("perilune." + name, read.getProperty(name));
            }
        }
        Settings settings;
        try {
            settings = SettingsReader.read(properties, Map.of(), Map.of());
        } catch (SettingException e) {
            assertThat(e.getMessage()).contains("perilune.");
            return;
        }
        checkStable(settings);
        LinkNames.check(settings);
        for (Setting file : new Setting[] {Setting.PCAP, Setting.REPORT}) {
            assertThat(Path.of(settings.text(file))).isNotNull();
        }
        ImpairmentTexts.wrap(settings, new LoopbackLink(MEMORY.pool(), FuzzHost.MAC, 1_500));
        try {
            RouteTable routes = RouteTable.of(settings).with(Ipv6Routes.of(settings, FuzzHost.MAC));
            assertThat(routes.isOwn(routes.address())).isTrue();
        } catch (SettingException e) {
            assertThat(e.getMessage()).contains("perilune.");
        }
    }

    /** What a setting says is read again as the same. */
    private static void checkStable(Settings settings) {
        Map<String, String> texts = new HashMap<>();
        for (Setting setting : Setting.values()) {
            texts.put(setting.key(), settings.text(setting));
        }
        Settings again = Settings.of(texts);
        for (Setting setting : Setting.values()) {
            assertThat(again.text(setting)).isEqualTo(settings.text(setting));
            assertThat(again.number(setting)).as(setting.key()).isEqualTo(settings.number(setting));
        }
    }
}

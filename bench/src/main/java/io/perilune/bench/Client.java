package io.perilune.bench;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine;

/** Which program asks the servers on Perilune; their names on the command line are in small letters. */
enum Client {
    /** A stock program, as on the kernel. */
    NIO(MessageClient.class, "a java.nio program, which copies"),
    /** Perilune's streams: cheaper, so that servers show more of their difference. */
    INLINE(InlineClient.class, "Perilune's inline handlers, and not a java.nio program as on the kernel");

    private final Class<?> program;
    private final String description;

    Client(Class<?> program, String description) {
        this.program = program;
        this.description = description;
    }

    /** Returns its program. */
    Class<?> program() {
        return program;
    }

    /** Returns what it is, for the list of what is unequal. */
    String description() {
        return description;
    }

    /** Returns its name on the command line. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Finds one by its name on the command line. */
    static final class Converter implements CommandLine.ITypeConverter<Client> {

        @Override
        public Client convert(String word) {
            return Arrays.stream(values())
                    .filter(client -> client.toString().equals(word))
                    .findFirst()
                    .orElseThrow(() -> new CommandLine.TypeConversionException("there is no client '" + word
                            + "': there are "
                            + Arrays.stream(values()).map(Client::toString).collect(Collectors.joining(" and "))));
        }
    }
}

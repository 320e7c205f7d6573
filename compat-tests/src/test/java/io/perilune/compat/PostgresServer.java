package io.perilune.compat;

import io.perilune.compat.apps.PostgresClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

/** PostgreSQL as Debian packs it, on the kernel, on port 5432 of all addresses; its files are in a folder of the test. */
final class PostgresServer {

    private static final Path VERSIONS = Path.of("/usr/lib/postgresql");
    private static final String USER = "postgres";

    private final Testbed bed;
    private final Path data;
    private final Path programs;

    /** Starts it and waits until it serves. The folder has the certificate that {@link WebServer#makeKeys} makes. */
    PostgresServer(Testbed bed, Path folder) throws IOException, InterruptedException {
        this.bed = bed;
        data = folder.resolve("postgres");
        try (Stream<Path> versions = Files.list(VERSIONS)) {
            programs = versions.max((one, other) -> Integer.compare(number(one), number(other)))
                    .orElseThrow()
                    .resolve("bin");
        }
        // The server refuses to be root, and must get through the test's folder, which is root's.
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
        Files.createDirectory(data);
        bed.peerCommand("chown", USER, data.toString()).awaitSuccess();
        Path password = Files.writeString(data.resolveSibling("password"), PostgresClient.PASSWORD + "\n");
        run("initdb", "-D", data.toString(), "-A", "scram-sha-256", "--pwfile", password.toString(), "--no-sync")
                .awaitSuccess();
        Files.writeString(data.resolve("pg_hba.conf"), "host all all 198.18.0.0/24 scram-sha-256\n");
        Path certificate = Files.copy(folder.resolve("certificate.pem"), data.resolve("server.crt"));
        Path key = Files.copy(WebServer.exportKey(bed, folder), data.resolve("server.key"));
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
        bed.peerCommand("chown", USER, certificate.toString(), key.toString()).awaitSuccess();
        Files.writeString(
                data.resolve("postgresql.conf"),
                """
                listen_addresses = '*'
                unix_socket_directories = ''
                max_connections = 100
                log_line_prefix = ''
                lc_messages = 'C'
                ssl = on
                fsync = off
                """);
        run("postgres", "-D", data.toString()).awaitLine("LOG:  database system is ready to accept connections");
    }

    private static int number(Path version) {
        return Integer.parseInt(version.getFileName().toString());
    }

    private Program run(String program, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("env", "-C", data.toString(), "setpriv", "--reuid=" + USER));
        Collections.addAll(
                command,
                "--regid=" + USER,
                "--clear-groups",
                programs.resolve(program).toString());
        Collections.addAll(command, arguments);
        return bed.peerCommand(command.toArray(new String[0]));
    }

    /** Ends it, so that it leaves no shared memory behind. */
    void stop() throws IOException, InterruptedException {
        run("pg_ctl", "-D", data.toString(), "-m", "immediate", "stop").awaitSuccess();
    }
}

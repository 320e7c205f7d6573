package io.perilune.compat.apps;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.postgresql.PGConnection;

/** Uses a database by PostgreSQL's JDBC driver: what it prints says what was done. */
public final class PostgresClient {

    private static final int ROWS = 100_000;
    private static final int CONNECTIONS = 20;

    private final String url;

    private PostgresClient(String url) {
        this.url = url;
    }

    /** Runs it: URL. */
    public static void main(String[] arguments) throws Exception {
        PostgresClient client = new PostgresClient(arguments[0]);
        try (Connection connection = DriverManager.getConnection(arguments[0])) {
            client.batch(connection);
            client.cursor(connection);
            client.copy(connection);
            client.largeValue(connection);
            client.timeout(connection);
            client.notification(connection);
        }
        client.manyConnections();
    }

    private void batch(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement create = connection.createStatement()) {
            create.execute("create table numbers (n int primary key, square bigint)");
        }
        try (PreparedStatement insert = connection.prepareStatement("insert into numbers values (?, ?)")) {
            for (int i = 0; i < ROWS; i++) {
                insert.setInt(1, i);
                insert.setLong(2, (long) i * i);
                insert.addBatch();
            }
            insert.executeBatch();
        }
        connection.commit();
        System.out.println("batch: " + ROWS);
    }

    private void cursor(Connection connection) throws SQLException {
        int rows = 0;
        try (Statement query = connection.createStatement()) {
            query.setFetchSize(1000);
            try (ResultSet result = query.executeQuery("select n, square from numbers order by n")) {
                while (result.next()) {
                    if (result.getInt(1) != rows || result.getLong(2) != (long) rows * rows) {
                        throw new SQLException("row " + rows + " is another");
                    }
                    rows++;
                }
            }
        }
        connection.commit();
        connection.setAutoCommit(true);
        System.out.println("by cursor: " + rows);
    }

    private void copy(Connection connection) throws Exception {
        var copying = connection.unwrap(PGConnection.class).getCopyAPI();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        long written = copying.copyOut("copy (select n, square from numbers order by n) to stdout", out);
        try (Statement create = connection.createStatement()) {
            create.execute("create table copied (n int, square bigint)");
        }
        long read = copying.copyIn("copy copied from stdin", new ByteArrayInputStream(out.toByteArray()));
        System.out.println("copied: " + written + ", " + read);
    }

    private void largeValue(Connection connection) throws SQLException {
        byte[] value = Exchange.body(5_000_000);
        try (PreparedStatement echo = connection.prepareStatement("select ?::bytea")) {
            echo.setBytes(1, value);
            try (ResultSet result = echo.executeQuery()) {
                result.next();
                System.out.println("large value: " + java.util.Arrays.equals(result.getBytes(1), value));
            }
        }
    }

    /** The driver cancels it by a second connection. */
    private void timeout(Connection connection) throws SQLException {
        try (Statement sleep = connection.createStatement()) {
            sleep.setQueryTimeout(1);
            sleep.execute("select pg_sleep(60)");
            System.out.println("not cancelled");
        } catch (SQLException e) {
            System.out.println("cancelled: " + e.getSQLState());
        }
    }

    private void notification(Connection listening) throws SQLException {
        try (Statement listen = listening.createStatement();
                Connection other = DriverManager.getConnection(url);
                Statement notify = other.createStatement()) {
            listen.execute("listen news");
            notify.execute("notify news, 'something'");
            var news = listening.unwrap(PGConnection.class).getNotifications(20_000);
            System.out.println("notified: " + news[0].getParameter());
        }
    }

    private void manyConnections() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS);
        try {
            List<Callable<Integer>> queries = new ArrayList<>();
            for (int i = 0; i < CONNECTIONS; i++) {
                queries.add(this::countInOwnConnection);
            }
            int sum = 0;
            for (var counted : threads.invokeAll(queries)) {
                sum += counted.get();
            }
            System.out.println("by " + CONNECTIONS + " connections: " + sum);
        } finally {
            threads.shutdown();
        }
    }

    private int countInOwnConnection() throws SQLException {
        int sum = 0;
        try (Connection connection = DriverManager.getConnection(url);
                PreparedStatement query = connection.prepareStatement("select square from numbers where n = ?")) {
            for (int n = 0; n < 200; n++) {
                query.setInt(1, n);
                try (ResultSet result = query.executeQuery()) {
                    result.next();
                    sum += result.getLong(1) == (long) n * n ? 1 : 0;
                }
            }
        }
        return sum;
    }
}

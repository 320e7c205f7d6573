package io.perilune.compat.apps;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.postgresql.copy.CopyManager;

/** PostgreSQL's JDBC driver: what an application does with a database, and what it does when that does not answer. */
public final class PostgresClient {

    /** The password of the user {@code postgres}. */
    public static final String PASSWORD = "perilune";

    private static final int BATCH = 5_000;
    private static final int LARGE = 10_000_000;
    private static final int ROWS = 100_000;
    private static final int CONNECTIONS = 50;
    private static final int QUERIES = 20;
    private static final String CANCELED = "57014";
    private static final String CONNECTION_FAILED = "08001";

    private final String url;
    private final String closed;
    private final Properties properties = new Properties();

    private PostgresClient(String address, String tls, String certificate) {
        url = "jdbc:postgresql://" + address + ":5432/postgres";
        closed = "jdbc:postgresql://" + address + ":5433/postgres";
        properties.setProperty("user", "postgres");
        properties.setProperty("password", PASSWORD);
        properties.setProperty("sslmode", tls);
        properties.setProperty("sslrootcert", certificate);
    }

    /** Runs it: ADDRESS disable|verify-full CERTIFICATE. */
    public static void main(String[] arguments) throws Exception {
        PostgresClient client = new PostgresClient(arguments[0], arguments[1], arguments[2]);
        try (Connection connection = client.connect()) {
            client.checkTls(connection, !arguments[1].equals("disable"));
            insertInBatches(connection);
            exchangeLargeValues(connection);
            readManyRowsInPortions(connection);
            copyInAndOut(connection);
            client.beNotified(connection);
            client.endQueries(connection);
        }
        client.giveUpWaiting();
        client.connectWhereNobodyListens();
        client.askOverManyConnections();
        System.out.println("done, " + arguments[1]);
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection(url, properties);
    }

    private void checkTls(Connection connection, boolean wanted) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "select ssl, client_addr::text from pg_stat_ssl natural join pg_stat_activity"
                                + " where pid = pg_backend_pid()")) {
            row.next();
            check(row.getBoolean(1) == wanted, "TLS is " + row.getBoolean(1));
            check(row.getString(2).startsWith("198.18.0.2"), "the server sees " + row.getString(2));
        }
    }

    private static void insertInBatches(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("drop table if exists numbers");
            statement.execute("create table numbers (id int primary key, name text, body bytea)");
        }
        try (PreparedStatement insert = connection.prepareStatement("insert into numbers values (?, ?, ?)")) {
            for (int i = 0; i < BATCH; i++) {
                insert.setInt(1, i);
                insert.setString(2, "číslo " + i);
                insert.setBytes(3, Exchange.body(i % 500));
                insert.addBatch();
            }
            check(insert.executeBatch().length == BATCH, "a batch is cut");
        }
        try (PreparedStatement query = connection.prepareStatement("select name, body from numbers where id = ?")) {
            for (int i = 0; i < BATCH; i += 10) {
                query.setInt(1, i);
                try (ResultSet row = query.executeQuery()) {
                    row.next();
                    check(row.getString(1).equals("číslo " + i), row.getString(1));
                    Exchange.check(Exchange.body(i % 500), row.getBytes(2));
                }
            }
        }
    }

    private static void exchangeLargeValues(Connection connection) throws SQLException {
        try (PreparedStatement echo = connection.prepareStatement("select ?::bytea")) {
            for (int length : new int[] {0, 1, 1448, 65_536, LARGE}) {
                echo.setBytes(1, Exchange.body(length));
                try (ResultSet row = echo.executeQuery()) {
                    row.next();
                    Exchange.check(Exchange.body(length), row.getBytes(1));
                }
            }
        }
    }

    private static void readManyRowsInPortions(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.setFetchSize(1000);
            try (ResultSet rows =
                    statement.executeQuery("select i, repeat('x', i % 200) from generate_series(1, " + ROWS + ") i")) {
                int count = 0;
                while (rows.next()) {
                    count++;
                    check(rows.getInt(1) == count && rows.getString(2).length() == count % 200, "row " + count);
                }
                check(count == ROWS, count + " rows");
            }
        }
        connection.commit();
        connection.setAutoCommit(true);
    }

    private static void copyInAndOut(Connection connection) throws SQLException, IOException {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < ROWS; i++) {
            lines.append(i).append("\tline ").append(i).append(" of a table that is copied as a whole\n");
        }
        byte[] sent = lines.toString().getBytes(StandardCharsets.UTF_8);
        try (Statement statement = connection.createStatement()) {
            statement.execute("create temporary table copied (id int, line text)");
        }
        CopyManager copy = connection.unwrap(PGConnection.class).getCopyAPI();
        check(copy.copyIn("copy copied from stdin", new ByteArrayInputStream(sent)) == ROWS, "copied others in");
        ByteArrayOutputStream received = new ByteArrayOutputStream();
        check(copy.copyOut("copy copied to stdout", received) == ROWS, "copied others out");
        Exchange.check(sent, received.toByteArray());
    }

    /** The driver waits by reads with a timeout: for a while in vain, then until something comes. */
    private void beNotified(Connection connection) throws Exception {
        PGConnection listening = connection.unwrap(PGConnection.class);
        try (Statement statement = connection.createStatement()) {
            statement.execute("listen perilune");
        }
        long beginNs = System.nanoTime();
        PGNotification[] none = listening.getNotifications(300);
        check(none == null || none.length == 0, "notified of what nobody did");
        check(System.nanoTime() - beginNs >= TimeUnit.MILLISECONDS.toNanos(290), "did not wait");
        try (Connection other = connect();
                Statement statement = other.createStatement()) {
            Thread notifier = new Thread(() -> notifyTwice(statement));
            notifier.start();
            List<String> notes = new ArrayList<>();
            long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while (notes.size() < 2 && System.nanoTime() - deadlineNs < 0) {
                PGNotification[] some = listening.getNotifications(10_000);
                for (int i = 0; some != null && i < some.length; i++) {
                    notes.add(some[i].getParameter());
                }
            }
            notifier.join();
            check(notes.equals(List.of("one", "two")), "notified of " + notes);
        }
    }

    private static void notifyTwice(Statement statement) {
        try {
            statement.execute("select pg_sleep(0.2)");
            statement.execute("notify perilune, 'one'");
            statement.execute("notify perilune, 'two'");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Ends a query by its timeout, and by a cancel from another thread: both open a connection for that. */
    private void endQueries(Connection connection) throws Exception {
        try (Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(1);
            expect(CANCELED, () -> statement.execute("select pg_sleep(50)"));
            statement.setQueryTimeout(0);
            CountDownLatch begins = new CountDownLatch(1);
            Thread canceler = new Thread(() -> cancel(statement, begins));
            canceler.start();
            begins.countDown();
            expect(CANCELED, () -> statement.execute("select pg_sleep(50)"));
            canceler.join();
            try (ResultSet row = statement.executeQuery("select 42")) {
                row.next();
                check(row.getInt(1) == 42, "the connection is of no use afterwards");
            }
        }
    }

    /** Cancels once the server says that the query runs: an earlier cancel would be lost. */
    private void cancel(Statement statement, CountDownLatch begins) {
        try (Connection other = connect();
                Statement look = other.createStatement()) {
            begins.await();
            boolean runs = false;
            while (!runs) {
                try (ResultSet row = look.executeQuery(
                        "select count(*) from pg_stat_activity where state = 'active' and query = 'select pg_sleep(50)'")) {
                    row.next();
                    runs = row.getInt(1) > 0;
                }
            }
            statement.cancel();
        } catch (SQLException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void giveUpWaiting() throws Exception {
        Properties impatient = new Properties();
        impatient.putAll(properties);
        impatient.setProperty("socketTimeout", "1");
        try (Connection connection = DriverManager.getConnection(url, impatient);
                Statement statement = connection.createStatement()) {
            Throwable cause = expect("08006", () -> statement.execute("select pg_sleep(20)"))
                    .getCause();
            check(cause instanceof SocketTimeoutException, "gave up by " + cause);
            check(connection.isClosed(), "the connection is still open");
        }
    }

    private void connectWhereNobodyListens() throws Exception {
        Throwable cause = expect(CONNECTION_FAILED, () -> DriverManager.getConnection(closed, properties))
                .getCause();
        check(cause instanceof ConnectException, "refused by " + cause);
    }

    private void askOverManyConnections() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(CONNECTIONS);
        CyclicBarrier allConnected = new CyclicBarrier(CONNECTIONS);
        List<Future<Integer>> sums = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            int number = i;
            sums.add(pool.submit(() -> ask(number, allConnected)));
        }
        for (int i = 0; i < CONNECTIONS; i++) {
            check(sums.get(i).get(60, TimeUnit.SECONDS) == i * QUERIES, "connection " + i);
        }
        pool.shutdown();
    }

    private int ask(int number, CyclicBarrier allConnected) throws Exception {
        try (Connection connection = connect();
                PreparedStatement query = connection.prepareStatement("select ?::int")) {
            allConnected.await(60, TimeUnit.SECONDS);
            int sum = 0;
            for (int i = 0; i < QUERIES; i++) {
                query.setInt(1, number);
                try (ResultSet row = query.executeQuery()) {
                    row.next();
                    sum += row.getInt(1);
                }
            }
            return sum;
        }
    }

    private static SQLException expect(String state, Callable<?> action) throws Exception {
        try {
            action.call();
        } catch (SQLException e) {
            check(state.equals(e.getSQLState()), e.getSQLState() + ": " + e);
            return e;
        }
        throw new IllegalStateException("no error " + state);
    }

    private static void check(boolean good, String otherwise) {
        if (!good) {
            throw new IllegalStateException(otherwise);
        }
    }
}

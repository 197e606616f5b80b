package io.deploytail.server.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.deploytail.server.deployment.StorageException;
import java.nio.file.Path;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadingConnectionsTest {
    private static final String COUNT = "SELECT count(*) FROM deployments";

    private Session writer;
    private ReadingConnections reading;

    @BeforeEach
    void open(@TempDir Path directory) throws SQLException {
        Database database = Database.open(directory.resolve("test.db"), Durability.NORMAL);
        writer = database.openForWriting();
        reading = new ReadingConnections(database, 1);
    }

    @AfterEach
    void close() {
        reading.close();
        writer.close();
    }

    @Test
    void readSeesOneSnapshotAndDoesNotWaitForAWrite() throws SQLException {
        writer.update("CREATE TABLE notes (note TEXT NOT NULL)");
        int during = reading.read(session -> {
            int before = notes(session);
            writer.update("INSERT INTO notes VALUES ('new')");
            return notes(session) - before;
        });

        assertThat(during).isZero();
        assertThat(reading.<Integer>read(ReadingConnectionsTest::notes)).isEqualTo(1);
    }

    @Test
    void readerCannotWrite() {
        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> reading.read(session -> session.update("DELETE FROM deployments")));
    }

    @Test
    void connectionIsUsableAfterAReadThatThrew() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> reading.read(session -> {
                    throw new IllegalArgumentException("refused");
                }));
        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> reading.read(session -> session.update("SELECT FROM nowhere")));

        int deployments = reading.read(
                session -> session.first(COUNT, row -> row.getInt(1)).orElseThrow());
        assertThat(deployments).isZero();
    }

    private static int notes(Session session) throws SQLException {
        return session.first("SELECT count(*) FROM notes", row -> row.getInt(1)).orElseThrow();
    }
}

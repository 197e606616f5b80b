package io.deploytail.server.storage;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How long deployments of a target take, by its past. */
final class Expectation {
    private static final String NEWEST_SUCCESSES = """
            SELECT start_time, end_time FROM deployments
            WHERE target = ? AND state = 'SUCCEEDED' ORDER BY deployment_no DESC LIMIT 5""";

    private Expectation() {}

    /** The median of the newest five that succeeded, in milliseconds; null if there is no target or none did. */
    static @Nullable Long of(Session session, String target) throws SQLException {
        if (target.isEmpty()) {
            return null;
        }
        List<Long> durations = session
                .all(
                        NEWEST_SUCCESSES,
                        row -> Duration.between(TimeText.parse(row.getString(1)), TimeText.parse(row.getString(2)))
                                .toMillis(),
                        target)
                .stream()
                .sorted()
                .toList();
        int count = durations.size();
        return count == 0 ? null : (Long) ((durations.get((count - 1) / 2) + durations.get(count / 2)) / 2);
    }
}

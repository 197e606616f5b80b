-- Logs may have gaps, and deployments may be deleted.

-- How many bytes of the log are in its gaps. log_size counts them.
ALTER TABLE deployments ADD COLUMN log_missing_size INTEGER NOT NULL DEFAULT 0;

-- For retention: the oldest end first.
CREATE INDEX deployments_by_end_time ON deployments (end_time) WHERE end_time IS NOT NULL;

-- Bytes that commands wrote and that are not stored, or no longer. They keep their offsets: no piece in log_chunks lies
-- within a gap.
CREATE TABLE log_gaps (
  deployment_no INTEGER NOT NULL REFERENCES deployments ON DELETE CASCADE,
  start_offset  INTEGER NOT NULL,
  -- Where the log goes on.
  end_offset    INTEGER NOT NULL,
  reason        TEXT    NOT NULL
    CHECK (reason IN ('LOG_LIMIT', 'DISK_FULL', 'COPIER_LOST')),
  -- 0 if more bytes may be missing than the offsets tell.
  is_exact      INTEGER NOT NULL CHECK (is_exact IN (0, 1)),
  -- How many newlines were in it, as far as that is known.
  newline_count INTEGER NOT NULL,
  PRIMARY KEY (deployment_no, start_offset),
  CHECK (end_offset > start_offset)
) WITHOUT ROWID;

-- What was deleted, so that whoever asks for it can be told. Only the newest of them are kept.
CREATE TABLE deleted_deployments (
  -- The place in the order of deletion.
  deletion_no   INTEGER PRIMARY KEY,
  deployment_no INTEGER NOT NULL,
  deployment_id TEXT    NOT NULL UNIQUE,
  delete_time   TEXT    NOT NULL,
  -- 1 once nothing of its log is left. Until then log_chunks and log_gaps have rows of a deployment that is gone.
  is_purged     INTEGER NOT NULL DEFAULT 0 CHECK (is_purged IN (0, 1))
);

CREATE INDEX deleted_deployments_to_purge ON deleted_deployments (deployment_no) WHERE is_purged = 0;

-- As before, with a line of its own in the place of each gap.
DROP VIEW deployment_logs;

CREATE VIEW deployment_logs AS
SELECT
  deployment_no,
  deployment_id,
  coalesce(
    (
      SELECT group_concat(text, '')
      FROM (
        SELECT start_offset, CAST(bytes AS TEXT) AS text FROM log_chunks
        WHERE log_chunks.deployment_no = deployments.deployment_no
        UNION ALL
        SELECT start_offset, char(10) || '[' || iif(is_exact, '', 'at least ') || (end_offset - start_offset)
          || iif(end_offset - start_offset = 1, ' byte is', ' bytes are') || ' missing here: ' || reason || ']'
          || char(10)
        FROM log_gaps
        WHERE log_gaps.deployment_no = deployments.deployment_no
        ORDER BY start_offset
      )
    ),
    ''
  ) AS log
FROM deployments;

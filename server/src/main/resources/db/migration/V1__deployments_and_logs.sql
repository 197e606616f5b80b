-- Deployments and their logs.
--
-- You may read this file with sqlite3 while the server runs:
--
--     SELECT deployment_id, target, state, message FROM deployments ORDER BY deployment_no DESC LIMIT 20;
--     SELECT log FROM deployment_logs WHERE deployment_id = '...';
--
-- Times are UTC text with milliseconds, 2026-11-20T10:15:30.123Z, so that their order as text is their order in time.

CREATE TABLE deployments (
  -- The place in the order of creation. Never used again, even after its deployment is deleted.
  deployment_no       INTEGER PRIMARY KEY AUTOINCREMENT,
  deployment_id       TEXT    NOT NULL UNIQUE,
  -- What is deployed; '' for none.
  target              TEXT    NOT NULL,
  state               TEXT    NOT NULL
    CHECK (state IN ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
  end_reason          TEXT
    CHECK (end_reason IN ('EXITED', 'SIGNALLED', 'FAILED_TO_START', 'TIMED_OUT', 'SILENT_TOO_LONG', 'CANCELLED',
      'INTERRUPTED')),
  exit_code           INTEGER,
  -- The number of the signal that ended the command.
  signal              INTEGER,
  -- A sentence about the end.
  message             TEXT    NOT NULL DEFAULT '',
  create_time         TEXT    NOT NULL,
  start_time          TEXT,
  end_time            TEXT,

  -- The recorded wish to end the deployment. It becomes the end reason, whatever the command does then.
  stop_reason         TEXT
    CHECK (stop_reason IN ('CANCELLED', 'TIMED_OUT', 'SILENT_TOO_LONG')),
  stop_time           TEXT,
  stop_message        TEXT,

  -- The extent of the log. Each append changes these four columns and no other. They come before the long texts, and
  -- the checksum has a fixed width, so that an append finds the row at its old length and writes one page of it.
  log_size            INTEGER NOT NULL DEFAULT 0,
  log_newline_count   INTEGER NOT NULL DEFAULT 0,
  -- 1 if bytes follow the last newline, which then count as a line too.
  log_ends_in_line    INTEGER NOT NULL DEFAULT 0 CHECK (log_ends_in_line IN (0, 1)),
  -- CRC-32C of the whole log, 8 hexadecimal digits.
  log_crc32c          TEXT    NOT NULL DEFAULT '00000000',

  timeout_ms          INTEGER,
  silence_timeout_ms  INTEGER,
  -- The caller's idempotency key, and the SHA-256 of all that was asked for with it. The environment is part of the
  -- latter and is kept nowhere else.
  request_id          TEXT    UNIQUE,
  request_fingerprint TEXT,
  working_directory   TEXT    NOT NULL,
  -- A JSON object, for reading. Searches use deployment_labels.
  labels              TEXT    NOT NULL,
  -- A JSON array: the program and its arguments.
  command             TEXT    NOT NULL,

  CHECK ((end_time IS NULL) = (state IN ('QUEUED', 'RUNNING'))),
  CHECK ((end_reason IS NULL) = (end_time IS NULL)),
  CHECK ((stop_reason IS NULL) = (stop_time IS NULL)),
  CHECK ((request_id IS NULL) = (request_fingerprint IS NULL))
);

-- Each ends in the deployment_no, as every index in SQLite does: so each finds the newest first.
CREATE INDEX deployments_by_target ON deployments (target);
CREATE INDEX deployments_by_state ON deployments (state);
CREATE INDEX deployments_by_create_time ON deployments (create_time);
CREATE INDEX deployments_by_target_and_state ON deployments (target, state);

-- At most one deployment runs on a target.
CREATE UNIQUE INDEX running_by_target ON deployments (target) WHERE state = 'RUNNING' AND target <> '';

CREATE TABLE deployment_labels (
  deployment_no INTEGER NOT NULL REFERENCES deployments ON DELETE CASCADE,
  name          TEXT    NOT NULL,
  value         TEXT    NOT NULL,
  PRIMARY KEY (deployment_no, name)
) WITHOUT ROWID;

CREATE INDEX deployments_by_label ON deployment_labels (name, value, deployment_no);

-- The logs, in the pieces in which they were read from the commands. A piece may end anywhere, inside a line or inside
-- a character. Not WITHOUT ROWID, which takes several times the space for blobs of this size.
CREATE TABLE log_chunks (
  deployment_no INTEGER NOT NULL REFERENCES deployments ON DELETE CASCADE,
  -- How many bytes of the deployment's log come before this piece.
  start_offset  INTEGER NOT NULL,
  -- When its first byte was read from the command.
  time          TEXT    NOT NULL,
  newline_count INTEGER NOT NULL,
  -- The last column, so that a walk over the others does not read it.
  bytes         BLOB    NOT NULL,
  UNIQUE (deployment_no, start_offset)
);

-- Empty, but for moments after a write has failed, when it is tried whether as much can be written again; or with what a
-- server left that died in such a moment.
CREATE TABLE write_probes (
  bytes BLOB NOT NULL
);

-- Each deployment's whole log as text. Pieces that end inside a character join again to the whole character. Bytes that
-- are not UTF-8 stay as they are; sqlite3 shows a log only up to its first NUL byte; and a log of more than 1 GB fails
-- with "string or blob too big": read such logs from log_chunks, in the order of start_offset.
CREATE VIEW deployment_logs AS
SELECT
  deployment_no,
  deployment_id,
  coalesce(
    (
      SELECT group_concat(CAST(bytes AS TEXT), '')
      FROM (
        SELECT bytes FROM log_chunks
        WHERE log_chunks.deployment_no = deployments.deployment_no
        ORDER BY start_offset
      )
    ),
    ''
  ) AS log
FROM deployments;

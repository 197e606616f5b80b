-- Ends of deployments may be told to others.

-- The ends that are still to be told, by the command of --on-finish. A row comes in the same transaction as the end of its
-- deployment, and goes when it was told or given up. So the deployment itself may have been deleted since.
CREATE TABLE end_notices (
  deployment_no     INTEGER PRIMARY KEY,
  deployment_id     TEXT    NOT NULL,
  end_time          TEXT    NOT NULL,
  -- How often it could not be told.
  failure_count     INTEGER NOT NULL DEFAULT 0,
  next_attempt_time TEXT    NOT NULL,
  -- The deployment as it ended: a JSON object in one line. The last column, so that a walk over the others does not read
  -- it.
  json              TEXT    NOT NULL
);

CREATE INDEX end_notices_by_next_attempt ON end_notices (next_attempt_time);

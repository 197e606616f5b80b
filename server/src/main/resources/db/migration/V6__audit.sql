-- Who has done what, and who was not let.

-- Starts, cancels and deletes, each recorded in the same transaction as what was done; calls that were refused; and files
-- that were read anew. Only the newest 100,000 are kept.
CREATE TABLE audit_log (
  audit_no      INTEGER PRIMARY KEY AUTOINCREMENT,
  time          TEXT    NOT NULL,
  -- The caller's name; '' where callers have none, where it is not known, and for what the server does by itself.
  caller        TEXT    NOT NULL,
  -- From where: the address of the connection's other end, or 'server'.
  origin        TEXT    NOT NULL,
  -- 'start', 'cancel', 'delete', 'reload', or the name of a call that was refused.
  action        TEXT    NOT NULL,
  -- '' where it is about none, or about one that was not looked for.
  deployment_id TEXT    NOT NULL,
  target        TEXT    NOT NULL,
  -- 'OK', or the status that it was refused with.
  result        TEXT    NOT NULL,
  -- A few words for people; may be empty.
  detail        TEXT    NOT NULL
);

-- Changes among deployments have an order, and a deployment says how long it is expected to run.

-- The place of the newest change in the order of all changes: when it was recorded, started, told to end, ended, or moved
-- in the line of its target. Each number is used once, here or in deleted_deployments. A log that grows is no change.
ALTER TABLE deployments ADD COLUMN change_no INTEGER NOT NULL DEFAULT 0;

UPDATE deployments SET change_no = deployment_no;

CREATE UNIQUE INDEX deployments_by_change ON deployments (change_no);

-- As it was when the deployment was recorded or, if it was queued, started.
ALTER TABLE deployments ADD COLUMN expected_duration_ms INTEGER;

-- The deletion's place in the order of all changes; 0 for what was deleted before there was one.
ALTER TABLE deleted_deployments ADD COLUMN change_no INTEGER NOT NULL DEFAULT 0;

CREATE INDEX deleted_deployments_by_change ON deleted_deployments (change_no);

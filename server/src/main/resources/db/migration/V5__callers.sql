-- Callers have names.

-- The name of the caller who started it; '' where callers have none. Where they do, request_id has it too, before the
-- caller's own key and a unit separator, char(31): two callers may use the same key.
ALTER TABLE deployments ADD COLUMN started_by TEXT NOT NULL DEFAULT '';

-- The name of the caller who wished the deployment's end; '' where nobody with a name did. NULL where nobody wished it.
ALTER TABLE deployments ADD COLUMN stop_by TEXT;

UPDATE deployments SET stop_by = '' WHERE stop_reason IS NOT NULL;

-- What had been deployed, by which is told who may know of the deletion; '' for what was deleted before this was kept.
ALTER TABLE deleted_deployments ADD COLUMN target TEXT NOT NULL DEFAULT '';

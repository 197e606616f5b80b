-- Deployments may be started by recipes.

-- The name of the recipe; '' for none.
ALTER TABLE deployments ADD COLUMN recipe TEXT NOT NULL DEFAULT '';

-- What the recipe was filled in with: a JSON object.
ALTER TABLE deployments ADD COLUMN parameters TEXT NOT NULL DEFAULT '{}';

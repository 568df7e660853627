-- What the entities of an AuditEvent in the short form refer to, each once: `Type/id`.
CREATE OR REPLACE FUNCTION lanyard_event_references(stored text, patients text[]) RETURNS SETOF text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT unnest(patients)
  UNION ALL SELECT one.reference FROM lanyard_event_versions(stored, patients) AS one
  WHERE NOT one.again AND one.reference <> ALL (patients)
$$;

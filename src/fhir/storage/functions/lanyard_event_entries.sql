-- The index entries of the entities of an AuditEvent in the short form that its head does not have (`event-indexer.ts` says so of R4's
-- parameters). `refers`: whether every reference has an entry of its own. `head`: entries of the head.
CREATE OR REPLACE FUNCTION lanyard_event_entries(stored text, patients text[], refers boolean, head text[]) RETURNS SETOF text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT found.entry FROM (
    SELECT parameter || E'\x1f' || reference AS entry
    FROM lanyard_event_references(stored, patients) AS reference
      CROSS JOIN unnest(ARRAY['entity', 'patient', '~reference']) AS parameter
    WHERE CASE parameter WHEN 'patient' THEN starts_with(reference, 'Patient/') WHEN '~reference' THEN refers ELSE true END
    UNION ALL
    SELECT E'entity:identifier\x1f' || nullif(split_part(substr(stored, 18), E'\x01', 4), '') || E'\x1f') AS found
  WHERE found.entry <> ALL (head)
$$;

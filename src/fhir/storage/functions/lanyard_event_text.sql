-- An AuditEvent that was stored in the short form, as it was sealed. `head`: the elements that its head has.
CREATE OR REPLACE FUNCTION lanyard_event_text(of_id text, recorded timestamptz, head text, entities text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT '{"resourceType":"AuditEvent","id":"' || of_id ||
    '","meta":{"versionId":"1","lastUpdated":"' || to_char(recorded AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') ||
    '"},"recorded":"' || to_char(recorded AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') ||
    '",' || head || ',"entity":' || entities || '}'
$$;

-- The entities of an AuditEvent that was stored in the short form, as JSON (`short-entities.ts` beside the sealer): its patients, which are the
-- records of the row, the versions, the object, the request line in base64 and the id of the request. `base`: FHIR base URL.
-- What is stored depends on it: it never changes. One row: PostgreSQL makes a function of rows a part of the statement, and calls another one.
CREATE OR REPLACE FUNCTION lanyard_event_entities(stored text, patients text[], base text) RETURNS SETOF text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT '[' || array_to_string(
    ARRAY(
      SELECT '{"what":{"reference":"' || one.reference || '"},"type":{"system":"http://terminology.hl7.org/CodeSystem/audit-entity-type","code":"1","display":"Person"},"role":{"system":"http://terminology.hl7.org/CodeSystem/object-role","code":"1","display":"Patient"}}'
      FROM unnest(patients) WITH ORDINALITY AS one (reference, place) ORDER BY one.place)
    || ARRAY(
      SELECT '{"what":{"reference":"' || one.reference || CASE one.number WHEN '0' THEN '' ELSE '/_history/' || one.number END ||
        '"},"type":{"system":"http://terminology.hl7.org/CodeSystem/audit-entity-type","code":"2","display":"System Object"},"role":{"system":"http://terminology.hl7.org/CodeSystem/object-role","code":"4","display":"Domain Resource"},"detail":[{"type":"use","valueString":"' || one.use || '"}' ||
        array_to_string(ARRAY(SELECT ',{"type":"patient","valueString":"' || patient || '"}' FROM unnest(one.whose) AS patient), '') || ']}'
      FROM lanyard_event_versions(stored, patients) AS one ORDER BY one.place)
    || ARRAY[
      '{"type":{"system":"http://terminology.hl7.org/CodeSystem/audit-entity-type","code":"2","display":"System Object"},"role":{"system":"http://terminology.hl7.org/CodeSystem/object-role","code":"13","display":"Security Resource"},"name":"' ||
        nullif(split_part(field.list, E'\x01', 2), ''),
      '{"type":{"system":"http://terminology.hl7.org/CodeSystem/audit-entity-type","code":"2","display":"System Object"},"role":{"system":"http://terminology.hl7.org/CodeSystem/object-role","code":"24","display":"Query"},"query":"' ||
        replace(encode(convert_to(split_part(field.line, ' ', 1) || ' ' || base || '/' || substr(field.line, strpos(field.line, ' ') + 1), 'UTF8'), 'base64'), E'\n', '') || '"}',
      '{"what":{"identifier":{"value":"' || nullif(split_part(field.list, E'\x01', 4), '') ||
        '"}},"type":{"system":"https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType","code":"XrequestId"}}'],
    ',') || ']'
  FROM (
    SELECT list, replace(nullif(split_part(list, E'\x01', 3), ''), E'\x02', coalesce(substr(patients[1], 9), '')) AS line
    FROM substr(stored, 18) AS list) AS field
$$;

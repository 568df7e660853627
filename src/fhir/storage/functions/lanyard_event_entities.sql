-- The entities of an AuditEvent that was stored in the short form, as JSON: what follows the name of its head, with phrases
-- instead of the characters that stand for them (`phrases.ts` beside the sealer). What is stored depends on them: none ever
-- changes.
CREATE OR REPLACE FUNCTION lanyard_event_entities(stored text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(substr(stored, 18),
    E'\x01', '{"what":{"reference":"Patient/'),
    E'\x02', '"},"type":{"system":"http://terminology.hl7.org/CodeSystem/audit-entity-type","code":"1","display":"Person"},"role":{"system":"http://terminology.hl7.org/CodeSystem/object-role","code":"1","display":"Patient"}}'),
    E'\x03', '"},"type":{"system":"http://terminology.hl7.org/CodeSystem/audit-entity-type","code":"2","display":"System Object"},"role":{"system":"http://terminology.hl7.org/CodeSystem/object-role","code":"4","display":"Domain Resource"},"detail":[{"type":"use","valueString":"'),
    E'\x04', '"},{"type":"patient","valueString":"Patient/'),
    E'\x05', '"}]}'),
    E'\x06', '{"type":{"system":"http://terminology.hl7.org/CodeSystem/audit-entity-type","code":"2","display":"System Object"},"role":{"system":"http://terminology.hl7.org/CodeSystem/object-role","code":"24","display":"Query"},"query":"'),
    E'\x07', '{"type":{"system":"http://terminology.hl7.org/CodeSystem/audit-entity-type","code":"2","display":"System Object"},"role":{"system":"http://terminology.hl7.org/CodeSystem/object-role","code":"13","display":"Security Resource"},"name":"'),
    E'\x08', '{"what":{"identifier":{"value":"'),
    E'\x0e', '"}},"type":{"system":"https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType","code":"XrequestId"}}'),
    E'\x0f', '{"what":{"reference":"'),
    E'\x10', '/_history/')
$$;

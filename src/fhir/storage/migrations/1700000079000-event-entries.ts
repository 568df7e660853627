import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Rows of AuditEvents in the short form without what follows from the rest of them (docs/adr/0182-short-events-without-repetition.md): patients are
 * named by the records of the row alone, and entries, sort keys and times of the index are made when they are read. `audit_head.base` and
 * `refers` tell how. No release has written rows of the form of before (1700000069000), and nothing reads them any more.
 *
 * Lock: none but for a moment.
 */
export class EventEntries1700000079000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE audit_head ADD COLUMN IF NOT EXISTS base text NOT NULL DEFAULT '', ADD COLUMN IF NOT EXISTS refers boolean NOT NULL DEFAULT false`,
    );
    for (const one of functions) await runner.query(one);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(lookup);
    for (const one of made) await runner.query(`DROP FUNCTION IF EXISTS ${one}`);
    await runner.query(`ALTER TABLE audit_head DROP COLUMN base, DROP COLUMN refers`);
  }
}

const made = [
  'lanyard_event_micros(timestamptz)',
  'lanyard_event_keys(text[], text[], text[], boolean)',
  'lanyard_event_entries(text, text[], boolean, text[])',
  'lanyard_event_references(text, text[])',
  'lanyard_event_words(tsvector, integer, text)',
  'lanyard_event_text(text, timestamptz, text, text)',
  'lanyard_event_entities(text, text[], text)',
  'lanyard_event_versions(text, text[])',
];

const functions: readonly string[] = [
  String.raw`
      CREATE OR REPLACE FUNCTION lanyard_event_versions(stored text, patients text[])
      RETURNS TABLE (place bigint, again boolean, use text, reference text, number text, whose text[])
      LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT item.place, starts_with(item.text, '='), CASE WHEN starts_with(ltrim(item.text, '='), '!') THEN 'written' ELSE 'disclosed' END,
          named.reference, part[array_upper(part, 1)],
          CASE WHEN strpos(item.text, ':') > 0
              THEN ARRAY(SELECT 'Patient/' || one FROM unnest(string_to_array(split_part(item.text, ':', 2), '+')) AS one)
            WHEN starts_with(named.reference, 'Patient/') THEN ARRAY[named.reference] ELSE patients END
        FROM unnest(string_to_array(split_part(substr(stored, 18), E'\x01', 1), ',')) WITH ORDINALITY AS item (text, place)
          CROSS JOIN LATERAL string_to_array(ltrim(split_part(item.text, ':', 1), '=!'), '/') AS part
          CROSS JOIN LATERAL (
            SELECT CASE WHEN starts_with(part[1], '*') THEN patients[substr(part[1], 2)::integer] ELSE part[1] || '/' || part[2] END AS reference) AS named
      $$`,
  String.raw`
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
      $$`,
  String.raw`
      CREATE OR REPLACE FUNCTION lanyard_event_text(of_id text, recorded timestamptz, head text, entities text) RETURNS text
      LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT '{"resourceType":"AuditEvent","id":"' || of_id ||
          '","meta":{"versionId":"1","lastUpdated":"' || to_char(recorded AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') ||
          '"},"recorded":"' || to_char(recorded AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') ||
          '",' || head || ',"entity":' || entities || '}'
      $$`,
  String.raw`
      CREATE OR REPLACE FUNCTION lanyard_event_words(head tsvector, gap integer, entities text) RETURNS tsvector
      LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT head || coalesce(string_agg('''' || word || ''':' || place, ' '), '')::tsvector
        FROM (
          SELECT left(words.match[1], 200) AS word, gap + row_number() OVER (ORDER BY texts.number, words.number) + texts.number - 1 AS place
          FROM regexp_matches(entities, '"(?:code|display|name|value|type|valueString)":"([^"]*)"', 'g')
              WITH ORDINALITY AS texts (match, number)
            CROSS JOIN LATERAL regexp_matches(lower(texts.match[1] COLLATE "C"), '[a-z0-9]+', 'g')
              WITH ORDINALITY AS words (match, number)) AS found
      $$`,
  String.raw`
      CREATE OR REPLACE FUNCTION lanyard_event_references(stored text, patients text[]) RETURNS SETOF text
      LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT unnest(patients)
        UNION ALL SELECT one.reference FROM lanyard_event_versions(stored, patients) AS one
        WHERE NOT one.again AND one.reference <> ALL (patients)
      $$`,
  String.raw`
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
      $$`,
  String.raw`
      CREATE OR REPLACE FUNCTION lanyard_event_keys(own text[], head text[], refers_to text[], highest boolean) RETURNS text[]
      LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT ARRAY(
          SELECT CASE WHEN highest THEN greatest(known.key, found.high) ELSE least(known.key, found.low) END
          FROM (
            SELECT coalesce(slot.own, slot.shared) COLLATE "C" AS key, slot.number
            FROM unnest(own, head) WITH ORDINALITY AS slot (own, shared, number)) AS known
          LEFT JOIN (
            SELECT field.number, min(left(lower(reference), 64) COLLATE "C") AS low, max(left(lower(reference), 64) COLLATE "C") AS high
            FROM unnest(refers_to) AS reference CROSS JOIN unnest(ARRAY[12, 17]) AS field (number)
            WHERE field.number = 12 OR starts_with(reference, 'Patient/')
            GROUP BY field.number) AS found ON found.number = known.number
          ORDER BY known.number)
      $$`,
  String.raw`
      CREATE OR REPLACE FUNCTION lanyard_event_micros(recorded timestamptz) RETURNS numeric
      LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT trunc(extract(epoch FROM recorded) * 1000000)
      $$`,
  String.raw`
      CREATE OR REPLACE FUNCTION lanyard_resource(of_tenant integer, of_type text, of_id text) RETURNS SETOF resource
      LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1 SET plan_cache_mode = force_generic_plan AS $$
      DECLARE
        event resource;
        head audit_head;
        stored text;
        entities text;
        refers_to text[];
      BEGIN
        IF of_type <> 'AuditEvent' THEN
          RETURN QUERY SELECT r.* FROM resource AS r WHERE r.tenant = of_tenant AND r.type = of_type AND r.id = of_id;
          RETURN;
        END IF;
        SELECT r.* INTO event FROM resource AS r WHERE r.tenant = of_tenant AND r.type = of_type AND r.id = of_id;
        IF NOT FOUND THEN
          RETURN;
        END IF;
        IF left(event.body, 1) = '~' THEN
          stored := event.body;
          SELECT h.* INTO head FROM audit_head AS h WHERE h.tenant = of_tenant AND h.id = substr(stored, 2, 16);
          entities := (SELECT one FROM lanyard_event_entities(stored, event.compartments, head.base) AS one);
          event.body := lanyard_event_text(event.id, event.updated, head.text, entities);
          IF coalesce(event.val[2], E'\x1f\x1f') = E'\x1f\x1f' THEN
            refers_to := ARRAY(SELECT one FROM lanyard_event_references(stored, event.compartments) AS one);
            event.words := lanyard_event_words(head.words, head.gap, entities);
            event.val := event.val[1:1] || event.val[3:]
              || ARRAY(SELECT one FROM lanyard_event_entries(stored, event.compartments, head.refers, head.val) AS one) || head.val;
            event.ranges := ARRAY[ROW('date', lanyard_event_micros(event.updated), lanyard_event_micros(event.updated) + 1000, NULL, NULL)::index_range];
            event.num_low := ARRAY[NULL, lanyard_event_micros(event.updated)];
            event.num_high := event.num_low;
            event.str_low := lanyard_event_keys(event.str_low, head.str_low, refers_to, false);
            event.str_high := lanyard_event_keys(event.str_high, head.str_high, refers_to, true);
            event.grams := event.grams || head.grams;
          END IF;
        END IF;
        RETURN NEXT event;
      END $$`,
];

/** Of before. */
const lookup = `
      CREATE OR REPLACE FUNCTION lanyard_resource(of_tenant integer, of_type text, of_id text) RETURNS SETOF resource
      LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1 SET plan_cache_mode = force_generic_plan AS $$
      BEGIN
        RETURN QUERY SELECT r.* FROM resource AS r WHERE r.tenant = of_tenant AND r.type = of_type AND r.id = of_id;
      END $$`;

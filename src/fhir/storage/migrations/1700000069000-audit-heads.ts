import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * `audit_head`: what AuditEvents of one kind and one token share; rows in the short form name it in their body (after `~`) and in the second
 * entry of their index, and have only what is their own. `audit_chain.form`: the form of new rows. Where something is stored already, servers
 * of release 0.1.0 may work beside this one, which read whole rows alone: there they stay whole until the setting AUDIT_ROWS says otherwise.
 *
 * Lock: none but for a moment.
 */
export class AuditHeads1700000069000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE audit_head (
        tenant   integer          NOT NULL,
        id       text COLLATE "C" NOT NULL,
        used     timestamptz(3)   NOT NULL,
        text     text             NOT NULL,
        val      text[]           NOT NULL,
        str_low  text[]           NOT NULL,
        str_high text[]           NOT NULL,
        grams    integer[]        NOT NULL,
        words    tsvector         NOT NULL,
        gap      integer          NOT NULL,
        PRIMARY KEY (tenant, id)
      )`);
    await runner.query(`ALTER TABLE audit_chain ADD COLUMN form text NOT NULL DEFAULT 'short'`);
    const used = ['audit_seal', 'audit_record', 'resource'].map(
      (table) => `EXISTS (SELECT FROM ${table} WHERE tenant = 1)`,
    );
    await runner.query(`UPDATE audit_chain SET form = 'whole' WHERE tenant = 1 AND (${used.join(' OR ')})`);
    for (const made of functions) await runner.query(made);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(lookup);
    await runner.query(`DROP FUNCTION lanyard_event_words(text, tsvector, integer)`);
    await runner.query(`DROP FUNCTION lanyard_event_text(text, text, timestamptz, text)`);
    await runner.query(`DROP FUNCTION lanyard_event_entities(text)`);
    await runner.query(`ALTER TABLE audit_chain DROP COLUMN form`);
    await runner.query(`DROP TABLE audit_head`);
  }
}

const functions: readonly string[] = [
  String.raw`
      CREATE FUNCTION lanyard_event_entities(stored text) RETURNS text
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
      $$`,
  String.raw`
      CREATE FUNCTION lanyard_event_text(stored text, of_id text, recorded timestamptz, head text) RETURNS text
      LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT '{"resourceType":"AuditEvent","id":"' || of_id ||
          '","meta":{"versionId":"1","lastUpdated":"' || to_char(recorded AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') ||
          '"},"recorded":"' || to_char(recorded AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') ||
          '",' || head || ',"entity":' || lanyard_event_entities(stored) || '}'
      $$`,
  String.raw`
      CREATE FUNCTION lanyard_event_words(stored text, head tsvector, gap integer) RETURNS tsvector
      LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT head || coalesce(string_agg('''' || word || ''':' || place, ' '), '')::tsvector
        FROM (
          SELECT left(words.match[1], 200) AS word, gap + row_number() OVER (ORDER BY texts.number, words.number) + texts.number - 1 AS place
          FROM regexp_matches(lanyard_event_entities(stored), '"(?:code|display|name|value|type|valueString)":"([^"]*)"', 'g')
              WITH ORDINALITY AS texts (match, number)
            CROSS JOIN LATERAL regexp_matches(lower(texts.match[1] COLLATE "C"), '[a-z0-9]+', 'g')
              WITH ORDINALITY AS words (match, number)) AS found
      $$`,
  String.raw`
      CREATE OR REPLACE FUNCTION lanyard_resource(of_tenant integer, of_type text, of_id text) RETURNS SETOF resource
      LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1 SET plan_cache_mode = force_generic_plan AS $$
      DECLARE
        event resource;
        head audit_head;
      BEGIN
        IF of_type <> 'AuditEvent' THEN
          RETURN QUERY SELECT r.* FROM resource AS r WHERE r.tenant = of_tenant AND r.type = of_type AND r.id = of_id;
          RETURN;
        END IF;
        SELECT r.* INTO event FROM resource AS r WHERE r.tenant = of_tenant AND r.type = of_type AND r.id = of_id;
        IF NOT FOUND THEN
          RETURN;
        END IF;
        IF starts_with(event.val[2], E'\x1f\x1f') THEN
          SELECT h.* INTO head FROM audit_head AS h WHERE h.tenant = of_tenant AND h.id = substr(event.val[2], 3);
          event.words := lanyard_event_words(event.body, head.words, head.gap);
          event.val := event.val[1:1] || event.val[3:] || head.val;
          event.str_low := ARRAY(SELECT coalesce(own, shared)
            FROM unnest(event.str_low, head.str_low) WITH ORDINALITY AS slot (own, shared, number) ORDER BY number);
          event.str_high := ARRAY(SELECT coalesce(own, shared)
            FROM unnest(event.str_high, head.str_high) WITH ORDINALITY AS slot (own, shared, number) ORDER BY number);
          event.grams := event.grams || head.grams;
        END IF;
        IF left(event.body, 1) = '~' THEN
          SELECT h.* INTO head FROM audit_head AS h WHERE h.tenant = of_tenant AND h.id = substr(event.body, 2, 16);
          event.body := lanyard_event_text(event.body, event.id, event.updated, head.text);
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

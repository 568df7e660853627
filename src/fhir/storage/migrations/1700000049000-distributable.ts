import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What a distributed PostgreSQL needs to place the rows of a tenant together (docs/adr/0069). Nothing else changes.
 *
 * - `index_job`: its key leads with the tenant, and its number comes from a sequence: an identity of type integer cannot be
 *   distributed. The statement is one, so that servers of the release before never meet a table without a number.
 * - `consent_provision`: what {@link functions} take instead of the row type of `consent_rule`, which is another one on each shard.
 * - Functions take the tenant. Those of before stay for the servers of the release before.
 *
 * Lock: brief; nobody writes to `index_job` while its key is built.
 */
export class Distributable1700000049000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE SEQUENCE index_job_number AS integer`);
    await runner.query(`
      ALTER TABLE index_job ALTER id DROP IDENTITY, ALTER id SET DEFAULT nextval('index_job_number'),
        DROP CONSTRAINT index_job_pkey, ADD PRIMARY KEY (tenant, id)`);
    await runner.query(`SELECT setval('index_job_number', (SELECT coalesce(max(id), 0) + 1 FROM index_job), false)`);
    await runner.query(`
      CREATE TYPE consent_provision AS (
        node integer, parent integer, uncertain boolean, starts timestamptz, ends timestamptz, actors text[], actions text[],
        purposes text[], classes text[], codes text[], labels text[], data text[], linked text[],
        data_low numeric, data_high numeric)`);
    for (const text of functions) await runner.query(text);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP FUNCTION lanyard_consent_denies(
      integer, consent_provision[], text, text, text[], index_range[], text[], text[], text[])`);
    await runner.query(`DROP FUNCTION lanyard_consent_rule_holds(
      consent_provision, boolean, text, text, text[], index_range[], text[], text[], text[])`);
    await runner.query(`DROP TYPE consent_provision`);
    await runner.query(`
      ALTER TABLE index_job ALTER id DROP DEFAULT, ALTER id ADD GENERATED ALWAYS AS IDENTITY,
        DROP CONSTRAINT index_job_pkey, ADD PRIMARY KEY (id)`);
    await runner.query(`SELECT setval(pg_get_serial_sequence('index_job', 'id'), nextval('index_job_number'), false)`);
    await runner.query(`DROP SEQUENCE index_job_number`);
  }
}

/** `lanyard_*.sql` as they are in this release. */
const functions: readonly string[] = [
  `CREATE OR REPLACE FUNCTION lanyard_consent_rule_holds(
    rule consent_provision, surely boolean, row_type text, row_id text, val text[], ranges index_range[],
    actors text[], actions text[], purposes text[]) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT NOT (surely AND rule.uncertain)
      AND (rule.starts IS NULL OR rule.starts <= now())
      AND (rule.ends IS NULL OR now() < rule.ends)
      AND (rule.actors IS NULL OR rule.actors && actors)
      AND (rule.actions IS NULL OR rule.actions && actions)
      AND (rule.purposes IS NULL OR CASE WHEN purposes IS NULL THEN NOT surely ELSE rule.purposes && purposes END)
      AND (rule.classes IS NULL OR row_type = ANY (rule.classes))
      AND (rule.labels IS NULL OR val @> rule.labels)
      AND (rule.codes IS NULL OR EXISTS (
        SELECT FROM unnest(val) AS entry WHERE substr(entry, strpos(entry, E'\\x1f') + 1) = ANY (rule.codes)))
      AND (rule.data IS NULL OR row_type || '/' || row_id = ANY (rule.data) OR (rule.linked IS NOT NULL AND EXISTS (
        SELECT FROM unnest(val) AS entry WHERE substr(entry, strpos(entry, E'\\x1f') + 1) = ANY (rule.linked))))
      AND ((rule.data_low IS NULL AND rule.data_high IS NULL) OR (
        SELECT CASE WHEN count(*) = 0 THEN NOT surely ELSE bool_or(
          (rule.data_low IS NULL OR span.high IS NULL OR rule.data_low < span.high)
          AND (rule.data_high IS NULL OR span.low IS NULL OR span.low < rule.data_high)) END
        FROM unnest(ranges) AS span WHERE span.parameter = ANY ('{period,date,effective,last-date,onset,created,activity-date,entered-date,occurrence,payment-date,received,sent,authored,abatement-date,onset-date,recorded-date,issued,identified,authored-on,event-date,location-period,start-date,target-date,started,reaction-date,effective-time,whenhandedover,whenprepared,authoredon,datetime,recorded,when,start,collected,modified,datewritten}'::text[])))
  $$`,
  `CREATE OR REPLACE FUNCTION lanyard_consent_denies(
    denying integer, provisions consent_provision[], row_type text, row_id text, val text[], ranges index_range[],
    who text[], doing text[], aims text[]) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
  BEGIN
    RETURN NOT EXISTS (
      SELECT FROM unnest(provisions) AS one
      WHERE CASE WHEN one.parent = denying
        THEN lanyard_consent_rule_holds(one, true, row_type, row_id, val, ranges, who, doing, aims)
        ELSE NOT lanyard_consent_rule_holds(one, false, row_type, row_id, val, ranges, who, doing, aims) END);
  END $$`,
  `CREATE OR REPLACE FUNCTION lanyard_consent_actors(of_tenant integer, named text[]) RETURNS text[]
  LANGUAGE plpgsql STABLE AS $$
  DECLARE
    person text;
    found text[] := named;
  BEGIN
    FOREACH person IN ARRAY named LOOP
      CONTINUE WHEN person !~ '^Practitioner(Role)?/';
      found := found || ARRAY(
        SELECT CASE WHEN starts_with(entry, E'practitioner\\x1f') AND substr(entry, 14) = person
          THEN 'PractitionerRole/' || role.id ELSE substr(entry, strpos(entry, E'\\x1f') + 1) END
        FROM resource_other AS role CROSS JOIN unnest(role.val) AS entry
        WHERE role.tenant = of_tenant AND role.type = 'PractitionerRole' AND NOT role.deleted
        AND (role.id = substr(person, 18) AND starts_with(person, 'PractitionerRole/')
          OR role.tok @> ARRAY[lanyard_token(E'practitioner\\x1f' || person)]
          AND role.val @> ARRAY[E'practitioner\\x1f' || person])
        AND NOT role.val @> ARRAY[E'active\\x1ffalse\\x1f']
        AND (starts_with(entry, E'organization\\x1f') OR starts_with(entry, E'practitioner\\x1f'))
        UNION ALL
        SELECT 'CareTeam/' || team.id FROM resource_other AS team
        WHERE team.tenant = of_tenant AND team.type = 'CareTeam' AND NOT team.deleted
        AND team.tok @> ARRAY[lanyard_token(E'participant\\x1f' || person)]
        AND team.val @> ARRAY[E'participant\\x1f' || person]);
    END LOOP;
    RETURN found;
  END $$`,
  `CREATE OR REPLACE FUNCTION lanyard_consent_actors(named text[]) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT lanyard_consent_actors(1, named)
  $$`,
  `CREATE OR REPLACE FUNCTION lanyard_fence(of_tenant integer, known integer, written text, types text[]) RETURNS boolean
  LANGUAGE plpgsql VOLATILE AS $$
  DECLARE
    wanted text;
    latest integer;
  BEGIN
    PERFORM pg_advisory_xact_lock_shared(726192 + of_tenant, known);
    SELECT form, generation INTO wanted, latest FROM search_definition WHERE tenant = of_tenant;
    IF known IS DISTINCT FROM latest THEN
      RAISE EXCEPTION 'The search parameters have changed.' USING ERRCODE = 'LY001';
    END IF;
    IF written <> wanted THEN
      INSERT INTO other_form_rows (tenant, form, type, generation)
      SELECT of_tenant, written, one, known FROM unnest(types) AS one WHERE NOT EXISTS (
        SELECT FROM other_form_rows WHERE tenant = of_tenant AND form = written AND type = one AND generation = known);
    END IF;
    RETURN true;
  END $$`,
  `CREATE OR REPLACE FUNCTION lanyard_fence(known integer, written text, types text[]) RETURNS boolean
  LANGUAGE sql VOLATILE AS $$
    SELECT lanyard_fence(1, known, written, types)
  $$`,
];

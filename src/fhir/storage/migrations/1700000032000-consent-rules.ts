import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What active Consents say about access: one row for each provision, written in the transaction of the Consent.
 *
 * - `consent_rule`: a condition that is null holds for everything. `path` names the nodes above. `uncertain`: something in it
 *   cannot be evaluated.
 * - `consent_reading`: one row. How far stored Consents have been read (`at_id`; null: all), and by which revision of the reader.
 * - `lanyard_consent_rule_holds`: whether the conditions of one node hold for a row and a caller; `surely`: what cannot be
 *   known counts as no.
 * - `lanyard_consent_denies`: whether a denying node decides: it and all above it may hold, and no exception to it surely does.
 *   PL/pgSQL, so that its plan is made once for a connection, and only where some Consent is in force.
 */
export class ConsentRules1700000032000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE consent_rule (
        tenant    integer          NOT NULL,
        consent   text COLLATE "C" NOT NULL,
        node      integer          NOT NULL,
        patient   text COLLATE "C" NOT NULL,
        denies    boolean          NOT NULL,
        uncertain boolean          NOT NULL,
        parent    integer,
        path      integer[]        NOT NULL,
        starts    timestamptz,
        ends      timestamptz,
        actors    text[],
        actions   text[],
        purposes  text[],
        classes   text[],
        codes     text[],
        labels    text[],
        data      text[],
        linked    text[],
        data_low  numeric,
        data_high numeric,
        PRIMARY KEY (tenant, consent, node)
      )`);
    await runner.query(`CREATE INDEX consent_rule_denials ON consent_rule (tenant, patient) WHERE denies`);
    await runner.query(
      `CREATE TABLE consent_reading (tenant integer PRIMARY KEY, revision integer NOT NULL, at_id text)`,
    );
    await runner.query(`INSERT INTO consent_reading VALUES (1, 0, '')`);
    await createFunctions(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP FUNCTION lanyard_consent_denies`);
    await runner.query(`DROP FUNCTION lanyard_consent_rule_holds`);
    await runner.query(`DROP TABLE consent_reading`);
    await runner.query(`DROP TABLE consent_rule`);
  }
}

/** Search parameters for when something was, clinically or operationally. */
const dates =
  'period date effective last-date onset created activity-date entered-date occurrence payment-date received sent authored ' +
  'abatement-date onset-date recorded-date issued identified authored-on event-date location-period start-date target-date ' +
  'started reaction-date effective-time whenhandedover whenprepared authoredon datetime recorded when start collected ' +
  'modified datewritten';

async function createFunctions(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE FUNCTION lanyard_consent_rule_holds(
      rule consent_rule, surely boolean, row_type text, row_id text, val text[], ranges index_range[],
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
          FROM unnest(ranges) AS span WHERE span.parameter = ANY ('{${dates.replaceAll(' ', ',')}}'::text[])))
    $$`);
  await runner.query(`
    CREATE FUNCTION lanyard_consent_denies(
      rule consent_rule, row_type text, row_id text, val text[], ranges index_range[],
      who text[], doing text[], aims text[]) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
      BEGIN
        RETURN lanyard_consent_rule_holds(rule, false, row_type, row_id, val, ranges, who, doing, aims)
          AND NOT EXISTS (
            SELECT FROM consent_rule AS above
            WHERE above.tenant = rule.tenant AND above.consent = rule.consent AND above.node = ANY (rule.path)
            AND NOT lanyard_consent_rule_holds(above, false, row_type, row_id, val, ranges, who, doing, aims))
          AND NOT EXISTS (
            SELECT FROM consent_rule AS exception
            WHERE exception.tenant = rule.tenant AND exception.consent = rule.consent AND exception.parent = rule.node
            AND lanyard_consent_rule_holds(exception, true, row_type, row_id, val, ranges, who, doing, aims));
      END $$`);
}

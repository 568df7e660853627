import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Hashes of references and identifiers are of one tenant (docs/adr/0188-hashes-of-what-names-one-thing-are-of-a-tenant.md). Those of `default`,
 * the only tenant that a release has written, stay as they are; rows of others are indexed anew by the servers, since their form is another.
 *
 * Lock: none but for a moment.
 */
export class OwnHashes1700000081000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(ownToken);
    await runner.query(actors('lanyard_own_token(of_tenant, '));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(actors('lanyard_token('));
    await runner.query(`DROP FUNCTION IF EXISTS lanyard_own_token(integer, text)`);
  }
}

const ownToken = `
      CREATE OR REPLACE FUNCTION lanyard_own_token(of_tenant integer, entry text) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
        SELECT lanyard_token(entry) # ((of_tenant - 1)::bigint << 32)
      $$`;

const actors = (hashOf: string): string => String.raw`
      CREATE OR REPLACE FUNCTION lanyard_consent_actors(of_tenant integer, named text[]) RETURNS text[]
      LANGUAGE plpgsql STABLE AS $$
      DECLARE
        person text;
        found text[] := named;
      BEGIN
        FOREACH person IN ARRAY named LOOP
          CONTINUE WHEN person !~ '^Practitioner(Role)?/';
          found := found || ARRAY(
            SELECT CASE WHEN starts_with(entry, E'practitioner\x1f') AND substr(entry, 14) = person
              THEN 'PractitionerRole/' || role.id ELSE substr(entry, strpos(entry, E'\x1f') + 1) END
            FROM resource_other AS role CROSS JOIN unnest(role.val) AS entry
            WHERE role.tenant = of_tenant AND role.type = 'PractitionerRole' AND NOT role.deleted
            AND (role.id = substr(person, 18) AND starts_with(person, 'PractitionerRole/')
              OR role.tok @> ARRAY[${hashOf}E'practitioner\x1f' || person)]
              AND role.val @> ARRAY[E'practitioner\x1f' || person])
            AND NOT role.val @> ARRAY[E'active\x1ffalse\x1f']
            AND (starts_with(entry, E'organization\x1f') OR starts_with(entry, E'practitioner\x1f'))
            UNION ALL
            SELECT 'CareTeam/' || team.id FROM resource_other AS team
            WHERE team.tenant = of_tenant AND team.type = 'CareTeam' AND NOT team.deleted
            AND team.tok @> ARRAY[${hashOf}E'participant\x1f' || person)]
            AND team.val @> ARRAY[E'participant\x1f' || person]);
        END LOOP;
        RETURN found;
      END $$`;

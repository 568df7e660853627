-- The actors of a caller with the organizations of their roles that are not inactive, those roles, and the care teams they
-- take part in.
--
-- `named`: the resources and names of the caller (scope/consent/withheld.ts), whose tenant is `of_tenant`. PL/pgSQL, so that it
-- costs nothing until some rule is judged.
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
        OR role.tok @> ARRAY[lanyard_own_token(of_tenant, E'practitioner\x1f' || person)]
        AND role.val @> ARRAY[E'practitioner\x1f' || person])
      AND NOT role.val @> ARRAY[E'active\x1ffalse\x1f']
      AND (starts_with(entry, E'organization\x1f') OR starts_with(entry, E'practitioner\x1f'))
      UNION ALL
      SELECT 'CareTeam/' || team.id FROM resource_other AS team
      WHERE team.tenant = of_tenant AND team.type = 'CareTeam' AND NOT team.deleted
      AND team.tok @> ARRAY[lanyard_own_token(of_tenant, E'participant\x1f' || person)]
      AND team.val @> ARRAY[E'participant\x1f' || person]);
  END LOOP;
  RETURN found;
END $$;

-- Called by servers of the release before.
CREATE OR REPLACE FUNCTION lanyard_consent_actors(named text[]) RETURNS text[] LANGUAGE sql STABLE AS $$
  SELECT lanyard_consent_actors(1, named)
$$;

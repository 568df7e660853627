-- Keeps rows from being written by outdated search parameters. Every write of index columns calls it.
--
-- `of_tenant`: whose rows they are. `known`: the generation of definitions that they were indexed by. It is held until the end
-- of the transaction, of each tenant apart; error LY001 where another is current by now. Whoever makes a new generation waits for the holders of the old one, so that no
-- row escapes the job that follows (indexing/fence.ts).
-- `written`, `types`: the form of the index that the rows have, and their types. Where it is not the wanted form, that is
-- noted in `other_form_rows` in the same transaction, so that a job finds these rows (docs/adr/0029).
CREATE OR REPLACE FUNCTION lanyard_fence(of_tenant integer, known integer, written text, types text[]) RETURNS boolean
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
END $$;

-- Called by servers of the release before.
CREATE OR REPLACE FUNCTION lanyard_fence(known integer, written text, types text[]) RETURNS boolean
LANGUAGE sql VOLATILE AS $$
  SELECT lanyard_fence(1, known, written, types)
$$;

-- Called by servers of releases that know no forms: their form is '', and their rows may be of any type.
CREATE OR REPLACE FUNCTION lanyard_fence(known integer) RETURNS boolean LANGUAGE sql VOLATILE AS $$
  SELECT lanyard_fence(known, '', ARRAY[''])
$$;

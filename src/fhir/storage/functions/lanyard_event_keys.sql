-- The sort keys of texts of an AuditEvent in the short form, by slot: those of the row, else of its head, and where that is less (`highest`: more)
-- those of its entities: slot 12 is `entity`, 17 is `patient`. A key has 64 characters at most.
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
$$;

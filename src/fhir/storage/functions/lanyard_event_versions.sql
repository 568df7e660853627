-- The versions that an AuditEvent in the short form names, in their order. `patients`: the records of the row; `*2/3` is version 3 of the second of
-- them. `again`: that another version of it stands before. `whose`: references of the patients of the version, those of the row where nothing
-- else is stored, and of a Patient itself.
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
$$;

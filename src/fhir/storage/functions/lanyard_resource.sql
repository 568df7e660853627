-- The row that a reference names, whatever its type; none, or one. An AuditEvent comes whole, as `whole-events.ts` puts it together.
--
-- A statement that looked into `resource` for it would be planned for each partition with all its indexes; here that is
-- done once for a connection. PL/pgSQL, since a function in SQL would become part of the statement again.
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
END $$;

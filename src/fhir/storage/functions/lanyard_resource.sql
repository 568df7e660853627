-- The row that a reference names, whatever its type; none, or one. An AuditEvent comes whole, as `whole-events.ts` puts it together.
--
-- A statement that looked into `resource` for it would be planned for each partition with all its indexes; here that is
-- done once for a connection. PL/pgSQL, since a function in SQL would become part of the statement again.
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
END $$;

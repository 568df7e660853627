-- The instant of an AuditEvent as its index has it: microseconds since 1970.
CREATE OR REPLACE FUNCTION lanyard_event_micros(recorded timestamptz) RETURNS numeric
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT trunc(extract(epoch FROM recorded) * 1000000)
$$;

-- The row that a reference names, whatever its type; none, or one.
--
-- A statement that looked into `resource` for it would be planned for each partition with all its indexes; here that is
-- done once for a connection. PL/pgSQL, since a function in SQL would become part of the statement again.
CREATE OR REPLACE FUNCTION lanyard_resource(of_tenant integer, of_type text, of_id text) RETURNS SETOF resource
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1 SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  RETURN QUERY SELECT r.* FROM resource AS r WHERE r.tenant = of_tenant AND r.type = of_type AND r.id = of_id;
END $$;

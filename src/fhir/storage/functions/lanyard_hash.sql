-- The hash of an index entry as rows of a tenant have it in the column `tok`: no tenant shares one with another (docs/adr/0183).
--
-- Equal to storedHashes of fhir/storage/indexing/stored-hashes.ts. Immutable: rows depend on it, so its result never changes.
CREATE OR REPLACE FUNCTION lanyard_hash(of_tenant integer, entry text) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT lanyard_token(entry) # ((of_tenant - 1)::bigint << 32)
$$;

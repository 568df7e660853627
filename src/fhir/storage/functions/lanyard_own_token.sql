-- The hash of an index entry that names one thing (isOwnEntry of r4/search/index/own-entries.ts), as rows of the tenant have it in `tok`.
--
-- Equal to storedHashes of fhir/storage/indexing/stored-hashes.ts. Immutable: rows depend on it, so its result never changes.
CREATE OR REPLACE FUNCTION lanyard_own_token(of_tenant integer, entry text) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT lanyard_token(entry) # ((of_tenant - 1)::bigint << 32)
$$;

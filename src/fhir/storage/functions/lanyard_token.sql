-- The hash of an index entry: the first 64 bits of its SHA-256, as they are in the column `tok`.
--
-- Equal to hashText of r4/search/index/token-hash.ts, which hashes the entries of rows; this one hashes what a statement
-- makes out of other rows. Immutable: rows and indexes depend on it, so its result never changes.
CREATE OR REPLACE FUNCTION lanyard_token(entry text) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT ('x' || encode(substr(sha256(convert_to(entry, 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint
$$;

-- True if a denying provision decides for a row and a caller: it and all provisions above it may hold, and no exception to
-- it surely holds (docs/adr/0028).
--
-- `denying`: the node of the provision; `provisions`: it, those above it, and its exceptions. `row_type` to `ranges`: columns of
-- the row that is judged. `who`: the caller with the organizations and teams (lanyard_consent_actors); `doing`: the actions that the
-- request performs; `aims`: its purposes, null where it names none. PL/pgSQL, so that its plan is made once for a connection, and only
-- where some Consent is in force. It reads no table: a function that does cannot run beside the shards of a distributed one.
CREATE OR REPLACE FUNCTION lanyard_consent_denies(
  denying integer, provisions consent_provision[], row_type text, row_id text, val text[], ranges index_range[],
  who text[], doing text[], aims text[]) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN NOT EXISTS (
    SELECT FROM unnest(provisions) AS one
    WHERE CASE WHEN one.parent = denying
      THEN lanyard_consent_rule_holds(one, true, row_type, row_id, val, ranges, who, doing, aims)
      ELSE NOT lanyard_consent_rule_holds(one, false, row_type, row_id, val, ranges, who, doing, aims) END);
END $$;

-- Called by servers of the release before.
CREATE OR REPLACE FUNCTION lanyard_consent_denies(
  rule consent_rule, row_type text, row_id text, val text[], ranges index_range[],
  who text[], doing text[], aims text[]) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN lanyard_consent_rule_holds(rule, false, row_type, row_id, val, ranges, who, doing, aims)
    AND NOT EXISTS (
      SELECT FROM consent_rule AS above
      WHERE above.tenant = rule.tenant AND above.consent = rule.consent AND above.node = ANY (rule.path)
      AND NOT lanyard_consent_rule_holds(above, false, row_type, row_id, val, ranges, who, doing, aims))
    AND NOT EXISTS (
      SELECT FROM consent_rule AS exception
      WHERE exception.tenant = rule.tenant AND exception.consent = rule.consent AND exception.parent = rule.node
      AND lanyard_consent_rule_holds(exception, true, row_type, row_id, val, ranges, who, doing, aims));
END $$;

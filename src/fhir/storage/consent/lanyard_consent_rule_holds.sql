-- True if the conditions of one provision hold for a row and a caller. A condition that is null holds for everything.
--
-- `surely`: what cannot be known counts as no, and otherwise as yes: the purpose of a request that names none, the time of
-- a row without a date, a provision with parts that cannot be evaluated. Denials are judged with false, exceptions with true.
-- The dates that `data_low` and `data_high` are compared with are the search parameters for when something was, clinically
-- or operationally.
CREATE OR REPLACE FUNCTION lanyard_consent_rule_holds(
  rule consent_provision, surely boolean, row_type text, row_id text, val text[], ranges index_range[],
  actors text[], actions text[], purposes text[]) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT NOT (surely AND rule.uncertain)
    AND (rule.starts IS NULL OR rule.starts <= now())
    AND (rule.ends IS NULL OR now() < rule.ends)
    AND (rule.actors IS NULL OR rule.actors && actors)
    AND (rule.actions IS NULL OR rule.actions && actions)
    AND (rule.purposes IS NULL OR CASE WHEN purposes IS NULL THEN NOT surely ELSE rule.purposes && purposes END)
    AND (rule.classes IS NULL OR row_type = ANY (rule.classes))
    AND (rule.labels IS NULL OR val @> rule.labels)
    AND (rule.codes IS NULL OR EXISTS (
      SELECT FROM unnest(val) AS entry WHERE substr(entry, strpos(entry, E'\x1f') + 1) = ANY (rule.codes)))
    AND (rule.data IS NULL OR row_type || '/' || row_id = ANY (rule.data) OR (rule.linked IS NOT NULL AND EXISTS (
      SELECT FROM unnest(val) AS entry WHERE substr(entry, strpos(entry, E'\x1f') + 1) = ANY (rule.linked))))
    AND ((rule.data_low IS NULL AND rule.data_high IS NULL) OR (
      SELECT CASE WHEN count(*) = 0 THEN NOT surely ELSE bool_or(
        (rule.data_low IS NULL OR span.high IS NULL OR rule.data_low < span.high)
        AND (rule.data_high IS NULL OR span.low IS NULL OR span.low < rule.data_high)) END
      FROM unnest(ranges) AS span WHERE span.parameter = ANY ('{period,date,effective,last-date,onset,created,activity-date,entered-date,occurrence,payment-date,received,sent,authored,abatement-date,onset-date,recorded-date,issued,identified,authored-on,event-date,location-period,start-date,target-date,started,reaction-date,effective-time,whenhandedover,whenprepared,authoredon,datetime,recorded,when,start,collected,modified,datewritten}'::text[])))
$$;

-- Called by servers of the release before. A row of a distributed table has another type than the table, so that PostgreSQL finds
-- no such function there.
CREATE OR REPLACE FUNCTION lanyard_consent_rule_holds(
  rule consent_rule, surely boolean, row_type text, row_id text, val text[], ranges index_range[],
  actors text[], actions text[], purposes text[]) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT NOT (surely AND rule.uncertain)
    AND (rule.starts IS NULL OR rule.starts <= now())
    AND (rule.ends IS NULL OR now() < rule.ends)
    AND (rule.actors IS NULL OR rule.actors && actors)
    AND (rule.actions IS NULL OR rule.actions && actions)
    AND (rule.purposes IS NULL OR CASE WHEN purposes IS NULL THEN NOT surely ELSE rule.purposes && purposes END)
    AND (rule.classes IS NULL OR row_type = ANY (rule.classes))
    AND (rule.labels IS NULL OR val @> rule.labels)
    AND (rule.codes IS NULL OR EXISTS (
      SELECT FROM unnest(val) AS entry WHERE substr(entry, strpos(entry, E'\x1f') + 1) = ANY (rule.codes)))
    AND (rule.data IS NULL OR row_type || '/' || row_id = ANY (rule.data) OR (rule.linked IS NOT NULL AND EXISTS (
      SELECT FROM unnest(val) AS entry WHERE substr(entry, strpos(entry, E'\x1f') + 1) = ANY (rule.linked))))
    AND ((rule.data_low IS NULL AND rule.data_high IS NULL) OR (
      SELECT CASE WHEN count(*) = 0 THEN NOT surely ELSE bool_or(
        (rule.data_low IS NULL OR span.high IS NULL OR rule.data_low < span.high)
        AND (rule.data_high IS NULL OR span.low IS NULL OR span.low < rule.data_high)) END
      FROM unnest(ranges) AS span WHERE span.parameter = ANY ('{period,date,effective,last-date,onset,created,activity-date,entered-date,occurrence,payment-date,received,sent,authored,abatement-date,onset-date,recorded-date,issued,identified,authored-on,event-date,location-period,start-date,target-date,started,reaction-date,effective-time,whenhandedover,whenprepared,authoredon,datetime,recorded,when,start,collected,modified,datewritten}'::text[])))
$$;

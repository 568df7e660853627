-- The words of an AuditEvent that was stored in the short form, as `words` has those of others: the words of its head, then those
-- of its entities, whose texts are ASCII without escapes. `gap`: what lies between the last word of the head and the next text.
CREATE OR REPLACE FUNCTION lanyard_event_words(head tsvector, gap integer, entities text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT head || coalesce(string_agg('''' || word || ''':' || place, ' '), '')::tsvector
  FROM (
    SELECT left(words.match[1], 200) AS word, gap + row_number() OVER (ORDER BY texts.number, words.number) + texts.number - 1 AS place
    FROM regexp_matches(entities, '"(?:code|display|name|value|type|valueString)":"([^"]*)"', 'g')
        WITH ORDINALITY AS texts (match, number)
      CROSS JOIN LATERAL regexp_matches(lower(texts.match[1] COLLATE "C"), '[a-z0-9]+', 'g')
        WITH ORDINALITY AS words (match, number)) AS found
$$;

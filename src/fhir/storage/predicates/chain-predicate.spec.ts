import { describe, expect, it } from 'vitest';
import { Access } from '../../../scope/access.js';
import { AccessRules } from '../../../scope/access-rules.js';
import { RequestContext } from '../../../scope/request-context.js';
import { parseCriterion } from '../../../r4/search/query/parse-criterion.js';
import { SearchOffer } from '../../../r4/search/parameters/search-offer.js';
import { SearchParameters } from '../../../r4/search/parameters/search-parameters.js';
import { criteriaPredicate } from './criterion-predicate.js';
import { reachPredicate } from './predicate.js';
import { BindParameters } from '../session/statement.js';

const base = 'http://localhost:3000/fhir/r4';
const r4 = new SearchParameters();
const offer = new SearchOffer(r4);
for (const type of ['Patient', 'Observation', 'QuestionnaireResponse', 'Questionnaire']) {
  offer.add(...[...r4.forType(type).values()].filter(({ expression }) => expression !== undefined));
}
const settings = { offer, base, timeZone: 'UTC', chainDepth: 8, maySearch: () => true };
const principal = {
  issuer: 'http://localhost:3000/oauth2',
  local: true,
  subject: 'caller',
  kind: 'user',
  scopes: ['patient/*.rs'],
  patient: 'p1',
  userWithoutFhirUser: 'allow',
  expiresAt: 4_000_000_000,
  claims: {},
} as const;
const rules = new AccessRules({ base, timeZone: 'UTC' }, r4);

/** The SQL, one condition a line, under access to the record of p1. */
function compiled(type: string, ...names: readonly (readonly [string, string])[]): string {
  const parameters = new BindParameters();
  const criteria = names.map(([name, value]) => parseCriterion(type, name, value, settings));
  const accessTo = (other: string): Access<'s'> => new RequestContext(principal, rules).accessTo(other, 's');
  const sql = criteriaPredicate(criteria, 'r', { parameters, reach: reachPredicate(accessTo, parameters) });
  const readable = parameters.values.map(
    (value, i) => `$${i + 1} = ${JSON.stringify(value).replaceAll('\\u001f', '␟')}`,
  );
  return [sql.replaceAll(/ (AND|OR|WHERE|JOIN|UNION) /g, '\n$1 '), ...readable].join('\n');
}

describe('the predicate of a chain', () => {
  it('starts at what is referred to, within reach', () => {
    expect(compiled('Observation', ['subject:Patient._id', 'p1'])).toMatchInlineSnapshot(`
      "r.id = ANY (ARRAY(SELECT rn.id FROM resource_patient AS rx CROSS
      JOIN LATERAL (SELECT ARRAY[lanyard_own_token($tenant, $1::text || rx.id)] AS hash, ARRAY[$1::text || rx.id] AS entries OFFSET 0) AS rnk CROSS
      JOIN LATERAL (SELECT n.id FROM resource_observation AS n
      WHERE n.tenant = $tenant
      AND n.type = $2::text
      AND n.tok @> rnk.hash
      AND n.val @> rnk.entries OFFSET 0) AS rn
      WHERE rx.tenant = $tenant
      AND rx.type = $3::text
      AND NOT rx.deleted
      AND rx.compartments && $4::text[]
      AND rx.id = ANY ($5::text[])))
      $1 = "subject␟Patient/"
      $2 = "Observation"
      $3 = "Patient"
      $4 = ["Patient/p1"]
      $5 = ["p1"]"
    `);
  });

  it('is followed from few rows', () => {
    expect(compiled('Observation', ['_id', 'o1'], ['subject:Patient._id', 'p1'])).toMatchInlineSnapshot(`
      "(r.id = ANY ($1::text[])
      AND EXISTS (SELECT FROM unnest(r.val) AS entry
      JOIN resource_patient AS rx ON rx.id = substr(entry, char_length($2::text) + 1)
      WHERE starts_with(entry, $2::text)
      AND rx.tenant = $tenant
      AND rx.type = $3::text
      AND NOT rx.deleted
      AND rx.compartments && $4::text[]
      AND rx.id = ANY ($5::text[])))
      $1 = ["o1"]
      $2 = "subject␟Patient/"
      $3 = "Patient"
      $4 = ["Patient/p1"]
      $5 = ["p1"]"
    `);
  });

  it('through several types is one list of ids', () => {
    expect(compiled('Observation', ['derived-from._id', 'x']).split('UNION ALL')).toHaveLength(6);
  });

  it('of a canonical looks for the url too', () => {
    expect(compiled('QuestionnaireResponse', ['questionnaire._id', 'q'])).toMatchInlineSnapshot(`
      "r.id = ANY (ARRAY(SELECT rn.id FROM resource_other AS rx CROSS
      JOIN LATERAL (SELECT ARRAY[lanyard_own_token($tenant, $1::text || rx.id)] AS hash, ARRAY[$1::text || rx.id] AS entries OFFSET 0) AS rnk CROSS
      JOIN LATERAL (SELECT n.id FROM resource_other AS n
      WHERE n.tenant = $tenant
      AND n.type = $2::text
      AND n.tok @> rnk.hash
      AND n.val @> rnk.entries OFFSET 0) AS rn
      WHERE rx.tenant = $tenant
      AND rx.type = $3::text
      AND NOT rx.deleted
      AND rx.id = ANY ($4::text[])
      UNION ALL SELECT rn.id FROM resource_other AS rx CROSS
      JOIN LATERAL unnest(rx.val) AS entry CROSS
      JOIN LATERAL (SELECT ARRAY[CASE WHEN substr(entry, char_length($5::text) + 1) ~ $7::text THEN lanyard_own_token($tenant, $6::text || substr(entry, char_length($5::text) + 1)) ELSE lanyard_token($6::text || substr(entry, char_length($5::text) + 1)) END] AS hash, ARRAY[$6::text || substr(entry, char_length($5::text) + 1)] AS entries OFFSET 0) AS rnk CROSS
      JOIN LATERAL (SELECT n.id FROM resource_other AS n
      WHERE n.tenant = $tenant
      AND n.type = $8::text
      AND n.tok @> rnk.hash
      AND n.val @> rnk.entries OFFSET 0) AS rn
      WHERE starts_with(entry, $5::text)
      AND rx.tenant = $tenant
      AND rx.type = $9::text
      AND NOT rx.deleted
      AND rx.id = ANY ($10::text[])))
      $1 = "questionnaire␟Questionnaire/"
      $2 = "QuestionnaireResponse"
      $3 = "Questionnaire"
      $4 = ["q"]
      $5 = "url␟"
      $6 = "questionnaire␟"
      $7 = "^([A-Z][A-Za-z]+[/])?[-A-Za-z0-9.]{1,64}$"
      $8 = "QuestionnaireResponse"
      $9 = "Questionnaire"
      $10 = ["q"]"
    `);
  });
});

describe('the predicate of _has', () => {
  it('starts at what refers, within reach', () => {
    expect(compiled('Patient', ['_has:Observation:patient:_id', 'o1'])).toMatchInlineSnapshot(`
      "r.id = ANY (ARRAY(SELECT substr(entry, char_length($4::text) + 1) AS id FROM resource_observation AS rx CROSS
      JOIN LATERAL unnest(rx.val) AS entry
      WHERE starts_with(entry, $4::text)
      AND rx.tenant = $tenant
      AND rx.type = $1::text
      AND NOT rx.deleted
      AND rx.compartments && $2::text[]
      AND rx.id = ANY ($3::text[])))
      $1 = "Observation"
      $2 = ["Patient/p1"]
      $3 = ["o1"]
      $4 = "patient␟Patient/""
    `);
  });

  it('is followed from few rows', () => {
    expect(compiled('Patient', ['_id', 'p1'], ['_has:Observation:patient:_id', 'o1'])).toMatchInlineSnapshot(`
      "(r.id = ANY ($1::text[])
      AND EXISTS (SELECT FROM resource_observation AS rx
      WHERE rx.tenant = $tenant
      AND rx.type = $3::text
      AND NOT rx.deleted
      AND rx.compartments && $4::text[]
      AND rx.id = ANY ($5::text[])
      AND rx.tok @> ARRAY[lanyard_own_token($tenant, $2::text || r.id)]
      AND rx.val @> ARRAY[$2::text || r.id] OFFSET 0))
      $1 = ["p1"]
      $2 = "patient␟Patient/"
      $3 = "Observation"
      $4 = ["Patient/p1"]
      $5 = ["o1"]"
    `);
  });
});

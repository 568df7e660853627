import { describe, expect, it } from 'vitest';
import type { Grant } from '../../../scope/access.js';
import { parseFilter } from '../../../r4/search/values/parse-filter.js';
import { parseParameter } from '../../../r4/search/query/parse-parameter.js';
import { SearchParameters } from '../../../r4/search/parameters/search-parameters.js';
import { grantsPredicate } from './predicate.js';
import { filterPredicate } from './filters/filter-predicate.js';
import { BindParameters } from '../session/statement.js';

const r4 = new SearchParameters();
const filter = (type: string, code: string, text: string) =>
  parseFilter(r4.find(type, code)!, text, { base: '', timeZone: 'UTC' });

/** The SQL that decides, one condition a line, and what is bound to it. */
const compiled = (...grants: readonly Grant[]): string =>
  readable((parameters) => grantsPredicate(grants, 'r', parameters));

function readable(compile: (parameters: BindParameters) => string): string {
  const parameters = new BindParameters();
  const sql = compile(parameters);
  const values = parameters.values.map((value, i) => `$${i + 1} = ${JSON.stringify(value).replaceAll('\\u001f', '␟')}`);
  return [sql.replaceAll(/ (AND|OR|WHERE|JOIN) /g, '\n$1 '), ...values].join('\n');
}
const compiledFilter = (type: string, code: string, text: string) =>
  readable((parameters) => filterPredicate(filter(type, code, text), 'r', parameters));

describe('the predicate of a filter', () => {
  it('finds a token by hash and confirms it by value', () => {
    expect(compiledFilter('Observation', 'code', 'http://loinc.org|8867-4')).toMatchInlineSnapshot(`
      "(r.tok && $1::bigint[]
      AND (r.val && $2::text[]))
      $1 = ["-6184952763822881968"]
      $2 = ["code␟8867-4␟http://loinc.org"]"
    `);
  });

  it('confirms a token of any system by its start', () => {
    expect(compiledFilter('Observation', 'code', '8867-4')).toMatchInlineSnapshot(`
      "(r.tok && $1::bigint[]
      AND CASE WHEN (EXISTS (SELECT FROM unnest(r.val) AS entry
      WHERE starts_with(entry, $2::text))) THEN 1 ELSE 0 END IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10))
      $1 = ["3168265933072479882"]
      $2 = "code␟8867-4␟""
    `);
  });

  it('confirms a system of any code by its end', () => {
    expect(compiledFilter('Observation', 'code', 'http://loinc.org|')).toMatchInlineSnapshot(`
      "(r.tok && $1::bigint[]
      AND CASE WHEN (EXISTS (SELECT FROM unnest(r.val) AS entry
      WHERE starts_with(entry, $3::text)
      AND right(entry, char_length($2::text)) = $2::text)) THEN 1 ELSE 0 END IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10))
      $1 = ["1914917980164517138"]
      $2 = "␟http://loinc.org"
      $3 = "code␟""
    `);
  });

  it('takes an empty system as no system', () => {
    expect(compiledFilter('Observation', 'code', '|8867-4')).toMatchInlineSnapshot(`
      "(r.tok && $1::bigint[]
      AND (r.val && $2::text[]))
      $1 = ["-6091743154628161508"]
      $2 = ["code␟8867-4␟"]"
    `);
  });

  it('joins values by OR under one search of the index', () => {
    expect(compiledFilter('Observation', 'category', 'http://a|lab,http://a|vital,other')).toMatchInlineSnapshot(`
      "(r.tok && $1::bigint[]
      AND CASE WHEN (r.val && $2::text[]
      OR EXISTS (SELECT FROM unnest(r.val) AS entry
      WHERE starts_with(entry, $3::text))) THEN 1 ELSE 0 END IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10))
      $1 = ["-5926786040394145766","7489761768632601442","-617084029171631501"]
      $2 = ["category␟lab␟http://a","category␟vital␟http://a"]
      $3 = "category␟other␟""
    `);
  });

  it('looks for each hash once, however many codes are of the same kinds of AuditEvents', () => {
    const parameters = new BindParameters();
    const codes = Array.from({ length: 500 }, (_, n) => ['R', 'C', 'U', 'D', 'E'][n % 5]);
    filterPredicate(filter('AuditEvent', 'action', codes.join()), 'r', parameters);
    const hashes = parameters.values[0] as readonly string[];
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(hashes).toHaveLength(5 + 21);
  });

  it('finds a local reference', () => {
    expect(compiledFilter('Observation', 'subject', 'Patient/p1')).toMatchInlineSnapshot(`
      "(r.tok && $1::bigint[]
      AND (r.val && $2::text[]))
      $1 = ["-5745213851911440042"]
      $2 = ["subject␟Patient/p1"]"
    `);
  });

  it('confirms a bare id by an entry that is Type/id and nothing else', () => {
    expect(compiledFilter('Observation', 'subject', 'p1')).toMatchInlineSnapshot(`
      "(r.tok && $1::bigint[]
      AND CASE WHEN (EXISTS (SELECT FROM unnest(r.val) AS entry
      WHERE split_part(substr(entry, char_length($2::text) + 1), '/', 1) ~ '^[A-Za-z]+$'
      AND entry = $2::text || split_part(substr(entry, char_length($2::text) + 1), '/', 1) || '/' || $3::text)) THEN 1 ELSE 0 END IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10))
      $1 = ["-197775653252023526"]
      $2 = "subject␟"
      $3 = "p1""
    `);
  });

  it('finds a URI with and without version', () => {
    expect(compiledFilter('ValueSet', 'url', 'http://example.org/vs')).toMatchInlineSnapshot(`
      "(r.tok && $1::bigint[]
      AND CASE WHEN (r.val && $2::text[]
      OR EXISTS (SELECT FROM unnest(r.val) AS entry
      WHERE starts_with(entry, $3::text))) THEN 1 ELSE 0 END IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10))
      $1 = ["479077167117347978"]
      $2 = ["url␟http://example.org/vs"]
      $3 = "url␟http://example.org/vs|""
    `);
  });

  it('finds a string by the hash of its start and confirms it by its normalised start', () => {
    expect(compiledFilter('Patient', 'family', 'Müll,Meier')).toMatchInlineSnapshot(`
      "(r.tok && $1::bigint[]
      AND CASE WHEN EXISTS (SELECT FROM unnest(r.val) AS entry
      WHERE starts_with(entry, $2::text)
      OR starts_with(entry, $3::text)) THEN 1 ELSE 0 END IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10))
      $1 = ["4053111801978413538","-7267738538990897123"]
      $2 = "family␟mull"
      $3 = "family␟meier""
    `);
  });

  it('looks at every row for a start that is too short for a hash', () => {
    expect(compiledFilter('Patient', 'family', 'Müll,Mü')).toMatchInlineSnapshot(`
      "EXISTS (SELECT FROM unnest(r.val) AS entry
      WHERE starts_with(entry, $1::text)
      OR starts_with(entry, $2::text))
      $1 = "family␟mull"
      $2 = "family␟mu""
    `);
  });

  it('compares numbers and quantities, in their unit', () => {
    expect(compiledFilter('RiskAssessment', 'probability', '0.5,gt0.7')).toMatchInlineSnapshot(`
      "EXISTS (SELECT FROM unnest(r.ranges) AS range
      WHERE range.parameter = $1::text
      AND ((range.low >= $2::numeric
      AND range.high < $3::numeric)
      OR (range.high > $4::numeric) IS NOT FALSE))
      $1 = "probability"
      $2 = "0.45"
      $3 = "0.55"
      $4 = "0.7""
    `);
    expect(compiledFilter('Observation', 'value-quantity', 'le5|http://unitsofmeasure.org|mg')).toMatchInlineSnapshot(`
      "EXISTS (SELECT FROM unnest(r.ranges) AS range
      WHERE range.parameter = $1::text
      AND (((range.low <= $2::numeric) IS NOT FALSE
      AND range.unit = $3::text)))
      $1 = "value-quantity"
      $2 = "0.005"
      $3 = "g1|ucum:canonical""
    `);
    expect(compiledFilter('Observation', 'value-quantity', '5||mg,6')).toMatchInlineSnapshot(`
      "EXISTS (SELECT FROM unnest(r.ranges) AS range
      WHERE range.parameter = $1::text
      AND (((range.low >= $2::numeric
      AND range.high < $3::numeric)
      AND (starts_with(range.unit, $4::text)
      AND range.unit NOT LIKE '%|ucum:canonical'))
      OR ((range.low >= $5::numeric
      AND range.high < $6::numeric)
      AND range.unit NOT LIKE '%|ucum:canonical')))
      $1 = "value-quantity"
      $2 = "4.5"
      $3 = "5.5"
      $4 = "mg|"
      $5 = "5.5"
      $6 = "6.5""
    `);
  });

  const composite = (code: string, text: string) => {
    const settings = { base: '', timeZone: 'UTC', findByUrl: (url: string) => r4.findByUrl(url) };
    const criterion = parseParameter({ parameter: r4.find('Observation', code)!, value: text }, settings);
    return compiled({ where: criterion.kind === 'filter' ? [criterion.filter] : [] });
  };

  it('finds both components of a composite together', () => {
    expect(composite('code-value-concept', 'http://loinc.org|c$v')).toMatchInlineSnapshot(`
      "((r.tok @> $5::bigint[]
      AND EXISTS (SELECT FROM unnest(r.val) AS entry
      WHERE starts_with(entry, $1::text)
      AND split_part(substr(entry, char_length($1::text) + 1), $2::text, 1) = $3::text
      AND starts_with(split_part(substr(entry, char_length($1::text) + 1), $2::text, 2), $4::text))))
      $1 = "code-value-concept␟"
      $2 = "␟$␟"
      $3 = "c␟http://loinc.org"
      $4 = "v␟"
      $5 = ["3224069125024087909"]"
    `);
    expect(composite('code-value-quantity', 'c$gt5')).toMatchInlineSnapshot(`
      "((r.tok && $1::bigint[]
      AND CASE WHEN (EXISTS (SELECT FROM unnest(r.val) AS entry
      WHERE starts_with(entry, $2::text))) THEN 1 ELSE 0 END IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10))
      AND (EXISTS (SELECT FROM unnest(r.ranges) AS range
      WHERE range.parameter = $5::text
      AND starts_with(range.code, $4::text)
      AND ((range.high > $3::numeric) IS NOT FALSE
      AND range.unit NOT LIKE '%|ucum:canonical'))))
      $1 = ["-919539849747345247"]
      $2 = "code␟c␟"
      $3 = "5"
      $4 = "c␟"
      $5 = "code-value-quantity""
    `);
  });

  it.each(['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb'])('compares intervals of dates by %s', (prefix) => {
    expect(compiledFilter('Patient', 'birthdate', `${prefix}1970-01-02`)).toMatchSnapshot();
  });

  it('reads _id and _lastUpdated from their columns', () => {
    const where = [filter('Patient', '_id', 'a,b'), filter('Patient', '_lastUpdated', 'ge2024-01-01')];
    expect(compiled({ where })).toMatchInlineSnapshot(`
      "(r.id = ANY ($1::text[])
      AND (r.updated >= timestamptz 'epoch' + $2::bigint * interval '1 microsecond'))
      $1 = ["a","b"]
      $2 = "1704067200000000""
    `);
  });
});

describe('the predicate of grants', () => {
  const p1 = { kind: 'patient', id: 'p1' } as const;
  const related = { kind: 'related-person', id: 'rp1' } as const;

  it('is false without a grant and true for a grant without limits', () => {
    expect(compiled()).toBe('false');
    expect(compiled({ where: [] })).toBe('true');
  });

  it('compares compartments as exact text', () => {
    expect(compiled({ within: { owner: p1, membership: 'compartment' }, where: [] })).toMatchInlineSnapshot(`
      "r.compartments && $1::text[]
      $1 = ["Patient/p1"]"
    `);
  });

  it('looks the patient of a related person up', () => {
    expect(compiled({ within: { owner: related, membership: 'compartment' }, where: [] })).toMatchInlineSnapshot(`
      "r.compartments && (SELECT related.compartments FROM resource_other AS related
      WHERE related.tenant = $tenant
      AND related.type = 'RelatedPerson'
      AND related.id = $1::text
      AND NOT related.deleted)
      $1 = "rp1""
    `);
  });

  it('follows the targets of a Provenance', () => {
    expect(compiled({ within: { owner: p1, membership: 'provenance-target' }, where: [] })).toMatchInlineSnapshot(`
      "EXISTS (SELECT FROM unnest(r.val) AS entry CROSS
      JOIN LATERAL lanyard_resource($tenant, split_part(substr(entry, char_length($2::text) + 1), '/', 1), split_part(substr(entry, char_length($2::text) + 1), '/', 2)) AS target
      WHERE starts_with(entry, $2::text)
      AND entry = $2::text || target.type || '/' || target.id
      AND NOT target.deleted
      AND target.compartments && $1::text[]
      AND target.type <> ALL ($3::text[]))
      $1 = ["Patient/p1"]
      $2 = "target␟"
      $3 = ["Group","AuditEvent"]"
    `);
  });

  it('follows the security context of a Binary and what points at it', () => {
    expect(compiled({ within: { owner: p1, membership: 'binary-referrer' }, where: [] })).toMatchInlineSnapshot(`
      "(r.val && (SELECT array_agg($2::text || patient) FROM unnest($1::text[]) AS patient)
      OR EXISTS (SELECT FROM unnest(r.val) AS entry CROSS
      JOIN LATERAL lanyard_resource($tenant, split_part(substr(entry, char_length($2::text) + 1), '/', 1), split_part(substr(entry, char_length($2::text) + 1), '/', 2)) AS target
      WHERE starts_with(entry, $2::text)
      AND entry = $2::text || target.type || '/' || target.id
      AND NOT target.deleted
      AND target.compartments && $1::text[]
      AND target.type <> ALL ($4::text[]))
      OR EXISTS (SELECT FROM resource_documentreference AS referrer
      WHERE referrer.tenant = $tenant
      AND referrer.type = 'DocumentReference'
      AND NOT referrer.deleted
      AND referrer.compartments && $1::text[]
      AND referrer.tok @> ARRAY[lanyard_own_token($tenant, $3::text || r.id)]
      AND referrer.val @> ARRAY[$3::text || r.id])
      OR EXISTS (SELECT FROM resource_diagnosticreport AS referrer
      WHERE referrer.tenant = $tenant
      AND referrer.type = 'DiagnosticReport'
      AND NOT referrer.deleted
      AND referrer.compartments && $1::text[]
      AND referrer.tok @> ARRAY[lanyard_own_token($tenant, $3::text || r.id)]
      AND referrer.val @> ARRAY[$3::text || r.id])
      OR EXISTS (SELECT FROM resource_other AS referrer
      WHERE referrer.tenant = $tenant
      AND referrer.type = 'Media'
      AND NOT referrer.deleted
      AND referrer.compartments && $1::text[]
      AND referrer.tok @> ARRAY[lanyard_own_token($tenant, $3::text || r.id)]
      AND referrer.val @> ARRAY[$3::text || r.id]))
      $1 = ["Patient/p1"]
      $2 = "~security-context␟"
      $3 = "~binary␟Binary/"
      $4 = ["Group","AuditEvent"]"
    `);
  });

  it('derives from what the caller sees, where that is not all of the record', () => {
    const within = { owner: p1, membership: 'compartment' as const };
    const sources = [
      { types: ['Patient', 'Media'] },
      { types: ['Observation'], grants: [{ within, where: [filter('Observation', 'status', 'final')] }] },
    ];
    expect(compiled({ within: { owner: p1, membership: 'provenance-target', sources }, where: [] }))
      .toMatchInlineSnapshot(`
        "EXISTS (SELECT FROM unnest(r.val) AS entry CROSS
        JOIN LATERAL lanyard_resource($tenant, split_part(substr(entry, char_length($2::text) + 1), '/', 1), split_part(substr(entry, char_length($2::text) + 1), '/', 2)) AS target
        WHERE starts_with(entry, $2::text)
        AND entry = $2::text || target.type || '/' || target.id
        AND NOT target.deleted
        AND target.compartments && $1::text[]
        AND (target.type = ANY ($3::text[])
        OR (target.type = ANY ($4::text[])
        AND (target.compartments && $1::text[]
        AND (target.tok && $5::bigint[]
        AND CASE WHEN target.val && $6::text[]
        OR EXISTS (SELECT FROM unnest(target.val) AS entry
        WHERE starts_with(entry, $7::text)) THEN true ELSE false END)))))
        $1 = ["Patient/p1"]
        $2 = "target␟"
        $3 = ["Patient","Media"]
        $4 = ["Observation"]
        $5 = ["3219977816777006657"]
        $6 = ["status␟final␟http://hl7.org/fhir/observation-status"]
        $7 = "status␟final␟""
      `);
    const binary = compiled({ within: { owner: p1, membership: 'binary-referrer', sources }, where: [] });
    expect(binary).toContain("referrer.type = 'Media'");
    expect(binary).not.toContain("referrer.type = 'DocumentReference'");
    const none = compiled({
      within: { owner: p1, membership: 'binary-referrer', sources: [{ types: [] }] },
      where: [],
    });
    expect(none).not.toContain('referrer');
    expect(none).not.toContain('~binary');
  });

  it('needs every part of a grant, and any of the grants', () => {
    const where = [filter('Observation', 'category', 'http://a|lab')];
    const grants = [
      { within: { owner: p1, membership: 'compartment' as const }, where },
      { where: [], only: 'x1' },
    ];
    expect(compiled(...grants)).toMatchInlineSnapshot(`
      "((r.compartments && $1::text[]
      AND (r.tok && $2::bigint[]
      AND CASE WHEN r.val && $3::text[] THEN true ELSE false END))
      OR r.id = $4::text)
      $1 = ["Patient/p1"]
      $2 = ["-5926786040394145766"]
      $3 = ["category␟lab␟http://a"]
      $4 = "x1""
    `);
  });

  it('takes granular scopes that differ in a code as one, which most rows satisfy', () => {
    const within = { owner: p1, membership: 'compartment' as const };
    const final = filter('Observation', 'status', 'final');
    const amended = filter('Observation', 'status', 'amended');
    const laboratory = filter('Observation', 'category', 'http://a|lab');
    expect(compiled({ where: [final] }, { where: [amended] })).toMatchInlineSnapshot(`
      "(r.tok && $1::bigint[]
      AND CASE WHEN r.val && $2::text[]
      OR EXISTS (SELECT FROM unnest(r.val) AS entry
      WHERE starts_with(entry, $3::text)
      OR starts_with(entry, $4::text)) THEN true ELSE false END)
      $1 = ["3219977816777006657","-1568201708773073708"]
      $2 = ["status␟final␟http://hl7.org/fhir/observation-status","status␟amended␟http://hl7.org/fhir/observation-status"]
      $3 = "status␟final␟"
      $4 = "status␟amended␟""
    `);
    const both = compiled({ within, where: [final] }, { where: [amended] });
    expect(both.split('r.tok &&').length).toBe(3);
    expect(compiled({ where: [final] }, { where: [laboratory] }).split('r.tok &&').length).toBe(3);
    expect(compiled({ where: [final, laboratory] }, { where: [amended] }).split('r.tok &&').length).toBe(4);
  });

  it('names each parameter where grants differ in their rules, and takes common rules once', () => {
    const rule = { kind: 'filter', filter: filter('Observation', 'status', 'final') } as const;
    const within = { owner: p1, membership: 'compartment' as const };
    const differing = compiled({ within, where: [], rules: [rule] }, { where: [], only: 'x1' });
    const bound = differing.split('\n').filter((line) => line.startsWith('$'));
    for (const line of bound) expect(differing.split(/\n\$1 = /)[0]).toContain(line.split(' ', 1)[0]);
    const rules = [rule];
    const common = compiled({ within, where: [], rules }, { where: [], only: 'x1', rules });
    expect(common.split('status␟final').length).toBe(2);
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/**
 * "Nothing else says no": a 401 or 403 about data is made by the decision, by what verifies credentials, or by one of these, each of
 * which `$explain-access` runs too or which needs what only the request or the database knows.
 */
const beside: Readonly<Record<string, string>> = {
  'fhir/extensions/guarded-policy.ts': 'a policy of an extension that failed; part of the decision',
  'fhir/http/request-hooks.ts': 'the transport: a token that came over http',
  'fhir/http/explain-access.controller.ts': 'credentials of the explanation itself',
  'fhir/http/explain-throttle.ts': '429',
  'fhir/interactions/bundle/entry-failure.ts': 'unites the refusals of the entries of a transaction',
  'fhir/interactions/search/linked-accesses.ts': 'unites decisions on chained types; run by the explanation',
  'fhir/interactions/require-reading.ts': 'what the operations of a patch look at: only its body says',
  'fhir/interactions/search/require-unmasked.ts': 'masks of policies; run by the explanation',
  'fhir/operations/everything/record-rows.ts': 'the refusal of a masked element, with the cure of this operation',
  'fhir/operations/exporting/export-access.ts': 'what was planned under one access: whether its caller has that still',
  'fhir/operations/exporting/patient-blocks.ts': 'the refusal of a masked element, with the cure of this operation',
  'fhir/operations/merging/rewrite.ts': 'what a merge would change: whether its caller may change all of it',
  'fhir/operations/jobs/standing.ts': 'work that goes on after its request: whether its caller counts still',
  'fhir/interactions/search/open-page.ts': 'verifies the seal of a page link; run by the explanation',
  'fhir/storage/writing/contents/refuse-content.ts': 'judged where it is stored: new content out of reach',
  'fhir/storage/consent/guard-consents.ts': 'judged where it is stored: whether some Consent goes by the type',
  'fhir/storage/writing/checks/refuse-masked.ts': 'judged where it is stored: what is there is shown in part',
  'fhir/storage/writing/contents/judge-attachments.ts': 'judged where it is stored: a Binary of somebody else',
};

/** They recognise the bare 401 of a guard that is not ours, and throw none. */
const answering = ['auth/refusals/refusal-behind.ts', 'scope/refusal.filter.ts'];

const deciding =
  /^(?:scope\/(?:access|administration\/administration|decision|own-audit|scope\.guard)\.ts|auth\/|oauth2\/)/;

const root = new URL('../', import.meta.url);
const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'));
const textOf = (file: string): string => readFileSync(new URL(file, root), 'utf8');

describe('a refusal', () => {
  it('is made by the decision and by what is listed here, and nowhere else', () => {
    const refusing = sources.filter((file) => textOf(file).includes('new Refused('));
    expect(refusing.filter((file) => !deciding.test(file)).toSorted()).toEqual(Object.keys(beside).toSorted());
  });

  it('is no exception of the framework, and no error of another class', () => {
    const others = /(?:Forbidden|Unauthorized)Exception|\bstatus\s*[:=]\s*40[13]\b|\.code\(40[13]\)/;
    const outsidePages = sources.filter((file) => !/^(?:oauth2|refusal|cli)\//.test(file));
    expect(outsidePages.length).toBeGreaterThan(500);
    expect(outsidePages.filter((file) => others.test(textOf(file))).toSorted()).toEqual(answering);
    const made = /(?:new|extends) (?:Forbidden|Unauthorized)Exception|\bstatus\s*[:=]\s*40[13]\b|\.code\(40[13]\)/;
    expect(answering.filter((file) => made.test(textOf(file)))).toEqual([]);
  });
});

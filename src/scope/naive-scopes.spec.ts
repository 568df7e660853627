/** A second reader of scopes, written from the specification alone, is never exceeded. */
import { describe, expect, it } from 'vitest';
import type { Principal } from '../auth/principal.js';
import { resourceTypes } from '../r4/model/resource-types.js';
import { SearchParameters } from '../r4/search/parameters/search-parameters.js';
import { AccessRules } from './access-rules.js';
import { RequestContext } from './request-context.js';

const letters = ['c', 'r', 'u', 'd', 's'] as const;
type Letter = (typeof letters)[number];

/**
 * Upper bound of what a scope may grant: context, slash, type, dot, letters in order or a word of SMART v1, and perhaps
 * a question mark with something behind. Constraints are not understood, only that they narrow.
 */
function mostOf(scope: string): { context: string; type: string; letters: string } | undefined {
  const context = ['patient/', 'user/', 'system/'].find((start) => scope.startsWith(start));
  if (context === undefined) return undefined;
  const rest = scope.slice(context.length);
  const dot = rest.indexOf('.');
  if (dot < 1) return undefined;
  const type = rest.slice(0, dot);
  const question = rest.indexOf('?', dot);
  const suffix = question === -1 ? rest.slice(dot + 1) : rest.slice(dot + 1, question);
  if (question !== -1 && question === rest.length - 1) return undefined;
  const found = type === '*' || resourceTypes.has(type) ? lettersOf(suffix, question !== -1) : undefined;
  return found === undefined ? undefined : { context, type, letters: found };
}

function lettersOf(suffix: string, isNarrowed: boolean): string | undefined {
  const words: Record<string, string> = { read: 'rs', write: 'cud', '*': 'cruds' };
  if (Object.hasOwn(words, suffix)) return isNarrowed ? undefined : words[suffix];
  let last = -1;
  for (const letter of suffix) {
    const place = 'cruds'.indexOf(letter);
    if (place <= last) return undefined;
    last = place;
  }
  return suffix === '' ? undefined : suffix;
}

/** True if, by the naive reading, some scope could permit this to the principal. */
const couldBe = (scopes: readonly string[], { kind, patient }: Principal, type: string, letter: Letter): boolean =>
  scopes.map(mostOf).some((most) => {
    if (!most?.letters.includes(letter)) return false;
    if (most.context === 'system/' && kind !== 'machine') return false;
    if (most.context === 'patient/' && patient === undefined) return false;
    return most.type === type || (most.type === '*' && type !== 'AuditEvent');
  });

/** mulberry32: the same strings on every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const next = random(20_260);
const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)]!;
const contexts = [
  'patient',
  'user',
  'system',
  'patient',
  'user',
  'system',
  'patient',
  'user',
  'system',
  'User',
  'patient ',
  'launch',
  '',
  'userx',
  'system/user',
  'patient%2f',
];
const types = [
  '*',
  'Observation',
  'Patient',
  'AuditEvent',
  '*',
  'Observation',
  '*',
  'Observation',
  'Patient',
  'AuditEvent',
  'observation',
  'Observations',
  'Foo',
  '',
  '__proto__',
  'Binary',
  'Observation,Patient',
];
const suffixes = [
  'rs',
  'cruds',
  'r',
  'cud',
  'read',
  'write',
  'rs',
  'r',
  's',
  'cruds',
  'cud',
  'read',
  'write',
  '*',
  'sr',
  'rr',
  'rsX',
  'READ',
  '',
  'readonly',
  'c.rs',
  'rs.',
  'constructor',
  'dus',
];
const queries = [
  '',
  '',
  '',
  '?category=laboratory',
  '?',
  '?_id=a',
  '?code:not=a',
  '?a',
  '?category=a&status=final',
  '?_has:x=1',
  '?category=a?b',
  '?%63ategory=a',
  '?status=%',
  '#x',
  '?_count=1',
];
const noise = ['\u0000', ' ', '\n', '"', '\\', '%2f', '/', '.', '?', '\u212a', 'é', '*'];

function generated(): string {
  const scope = `${pick(contexts)}${pick(['/', '/', '/', '/', '/', '', '//', '.'])}${pick(types)}${pick(['.', '.', '.', '.', '.', '', '..', '/'])}${pick(suffixes)}${pick(queries)}`;
  if (next() > 0.25) return scope;
  const at = Math.floor(next() * (scope.length + 1));
  return scope.slice(0, at) + pick(noise) + scope.slice(at + Math.floor(next() * 2));
}

const who: readonly Pick<Principal, 'kind' | 'patient' | 'fhirUser'>[] = [
  { kind: 'user', patient: 'p1' },
  { kind: 'user' },
  { kind: 'machine' },
];

describe('10,000 generated scopes', () => {
  const rules = new AccessRules({ base: 'https://fhir.example/fhir/r4', timeZone: 'UTC' }, new SearchParameters());
  const asked = ['Observation', 'Patient', 'AuditEvent', 'Practitioner'];

  it('grant nothing that the naive reader does not see in them', () => {
    let granted = 0;
    for (let i = 0; i < 10_000; i++) {
      const scopes = Array.from({ length: 1 + (i % 3) }, generated);
      const principal = { ...base, ...who[i % who.length]!, scopes } as Principal;
      const context = new RequestContext(principal, rules);
      for (const type of asked.slice((i % 2) * 2, (i % 2) * 2 + 2)) {
        for (const letter of letters) {
          if (!context.may(type, letter)) continue;
          granted++;
          expect([scopes, type, letter, couldBe(scopes, principal, type, letter)]).toEqual([
            scopes,
            type,
            letter,
            true,
          ]);
        }
      }
    }
    // A run that grants nothing proves nothing.
    expect(granted).toBeGreaterThan(300);
  });
});

const base = {
  issuer: 'https://idp.example',
  local: false,
  subject: 'me',
  userWithoutFhirUser: 'allow',
  expiresAt: 2_000_000_000,
  claims: {},
} as const;

// Invariants that are compiled mean what the engine of FHIRPath says: those of US Core and of R4, on elements made at random
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { isObject, type Json, type JsonObject } from '../../src/r4/json/json.js';
import { isKnownType, isPrimitiveType } from '../../src/r4/model/elements.js';
import { compileInvariant } from '../../src/r4/validation/invariants/engine.js';
import { invariantDefinitions } from '../../src/r4/validation/invariants/invariant.js';
import { compiledInvariant } from '../../src/r4/validation/profiles/invariants/compiled-invariant.js';
import { isFull } from '../support/full.js';
import { RandomElements } from '../support/random-element.js';

const guides = fileURLToPath(new URL('../../../shared/data/us-core/', import.meta.url));
const elements = isFull ? 150 : 30;

/** An expression, and the type of the elements that it is about. */
type Asked = readonly [expression: string, type: string];

interface DefinedElement {
  readonly path: string;
  readonly type?: readonly { readonly code: string }[];
  readonly constraint?: readonly { readonly expression?: string }[];
}

function ofGuide(version: string): readonly Asked[] {
  const file = `${guides}${version}/definitions/StructureDefinition.ndjson.gz`;
  if (!existsSync(file)) return [];
  const lines = gunzipSync(readFileSync(file)).toString().split('\n').filter(Boolean);
  return lines.flatMap((line) => {
    const { snapshot } = JSON.parse(line) as { snapshot?: { element: readonly DefinedElement[] } };
    return (snapshot?.element ?? []).flatMap((element) =>
      (element.constraint ?? []).flatMap(({ expression }) =>
        expression === undefined ? [] : typesOf(element).map((type): Asked => [expression, type]),
      ),
    );
  });
}

const typesOf = ({ path, type = [] }: DefinedElement): readonly string[] => {
  const types = path.includes('.') ? type.map(({ code }) => code) : [path];
  return types
    .map((code) => (code === 'BackboneElement' || code === 'Element' ? path : code))
    .filter((code) => isKnownType(code) && !isPrimitiveType(code) && code !== 'Resource');
};

const ofR4: readonly Asked[] = [...invariantDefinitions()]
  .filter(([path]) => isKnownType(path) && !isPrimitiveType(path))
  .flatMap(([path, all]) => all.map(({ expression }): Asked => [expression, path]));

const ofOurs: readonly Asked[] = [
  ["name.family = 'a' xor name.given.exists()", 'Patient'],
  ["gender = 'male' implies birthDate.exists()", 'Patient'],
  ["name.where(use = 'official').family = 'a' implies active = true", 'Patient'],
  ["(gender = 'male') = false", 'Patient'],
  ["extension('http://hl7.org/fhir/StructureDefinition/x').value = 'a'", 'Patient'],
  ['deceased.exists() and deceased.ofType(boolean).exists().not()', 'Patient'],
  ['name[0].family.exists() or name.family.empty()', 'Patient'],
  ["gender != 'male'", 'Patient'],
  ["name.given != 'a'", 'Patient'],
];

const distinct = (asked: readonly Asked[]): readonly Asked[] => [
  ...new Map(asked.map((one) => [one.join(' '), one])).values(),
];

/** Numbers in [0, 1), the same in each run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff) / 0x80000000;
}

/** Sprinkles the texts that the expression names, and extensions of primitive values. */
function disturbed(value: Json, texts: readonly string[], chance: () => number): Json {
  if (Array.isArray(value)) return value.map((one) => disturbed(one as Json, texts, chance));
  if (typeof value === 'string') return chance() < 0.4 ? (texts[Math.floor(chance() * texts.length)] ?? value) : value;
  if (!isObject(value)) return value;
  const made = Object.entries(value).flatMap(([name, one]): [string, Json][] => {
    if (name === 'resourceType') return [[name, one!]];
    const own: [string, Json] = [name, disturbed(one!, texts, chance)];
    if (typeof one !== 'string' || chance() < 0.95) return [own];
    const extra: [string, Json] = [`_${name}`, { extension: [{ url: 'urn:x', valueString: 'a' }] }];
    return chance() < 0.5 ? [extra] : [own, extra];
  });
  return Object.fromEntries(made);
}

describe.each([
  ['US Core 6.1.0', ofGuide('6.1.0'), 20],
  ['US Core 3.1.1', ofGuide('3.1.1'), 5],
  ['R4', ofR4, 50],
  ['ours', ofOurs, 8],
])('invariants of %s', (_name, all, least) => {
  it('hold where the engine says so', (test) => {
    test.skip(all.length === 0, 'The guide is not at hand.');
    const chance = numbers(7);
    const verdicts = new Set<boolean>();
    const differing: unknown[] = [];
    let compared = 0;
    for (const [expression, type] of distinct(all)) {
      const compiled = compiledInvariant(expression, type);
      if (!compiled) continue;
      compared++;
      const texts = [...expression.matchAll(/'([^'\\]*)'/g)].map(([, text]) => text!);
      const engine = compileInvariant(type, expression);
      const random = new RandomElements(compared);
      for (let i = 0; i < elements; i++) {
        const element = disturbed(random.make(type), texts, chance) as JsonObject;
        const root = { resource: element, mentions: undefined };
        const [own, expected] = [compiled(element), engine(element, { resource: element, root })];
        if (own === undefined || expected === undefined) continue;
        verdicts.add(own);
        if (own !== expected) differing.push([expression, JSON.stringify(element), own]);
      }
    }
    expect(differing).toEqual([]);
    expect(compared).toBeGreaterThanOrEqual(least);
    expect(verdicts.size).toBe(2);
  });
});

it('rest on what they do not see as seldom as they say', () => {
  const has = compiledInvariant('family.exists()', 'HumanName')!;
  expect(has({ family: 'a' })).toBe(true);
  expect(has({ given: ['a'] })).toBe(false);
  expect(has({ _family: { extension: [{ url: 'urn:x' }] } })).toBeUndefined();
});

it.each([
  '$this is Patient',
  "a.memberOf('x')",
  '%resource.id.exists()',
  "(family | text) = 'a'",
  'nothing.exists()',
  'family',
])('%s is left to the engine', (expression) => expect(compiledInvariant(expression, 'HumanName')).toBeUndefined());

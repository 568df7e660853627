import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  elementTypes,
  elementsOf,
  isKnownType,
  isPrimitiveType,
  propertyType,
  supertypes,
} from '../../src/r4/model/elements.js';
import { isObject, type Json, type JsonObject, parseJson } from '../../src/r4/json/json.js';
import { compileInvariant } from '../../src/r4/validation/invariants/engine.js';
import { invariantDefinitions, ruleOf, structuralKeys } from '../../src/r4/validation/invariants/invariant.js';
import { validateResource } from '../../src/r4/validation/validate-resource.js';
import type { ResourceContext } from '../../src/r4/validation/validation-run.js';
import { isFull, shareOf } from '../support/full.js';
import { RandomElements } from '../support/random-element.js';

// The invariants that we wrote as plain functions, and HL7's expressions as the `fhirpath` package understands them.
interface Pair {
  readonly name: string;
  readonly ours: (element: JsonObject, context: ResourceContext) => boolean;
  readonly engine: (element: Json, context: ResourceContext) => boolean | undefined;
}

const pairs = new Map<string, readonly Pair[]>();
for (const [path, definitions] of invariantDefinitions()) {
  const found = definitions.flatMap(({ key, expression }) => {
    const ours = structuralKeys.has(key) ? undefined : ruleOf(path, key);
    return ours ? [{ name: `${path} ${key}`, ours, engine: compileInvariant(path, expression) }] : [];
  });
  if (found.length > 0) pairs.set(path, found);
}

/** The engine cannot resolve a reference, and does not know of the zone a day has no need of. */
const meantOtherwise = new Set([
  'CareTeam.participant ctm-1',
  'Period per-1',
  'MedicationDispense mdd-1',
  'Task inv-1',
]);

/** Never false: eld-11 holds whatever its types are, and a ChargeItemDefinition has no name. */
const alwaysTrue = new Set(['ElementDefinition eld-11', 'ChargeItemDefinition cid-0']);

/** As many elements at least; more until an invariant held for one and not for another. */
const fewest = isFull ? 300 : 100;
const most = 5000;

describe('invariants as plain functions', () => {
  it('exist for the types that clinical data is made of, so that the engine is not loaded for them', () => {
    const byEngine = [...invariantDefinitions()].flatMap(([path, definitions]) =>
      definitions
        .filter(({ key }) => !structuralKeys.has(key) && key !== 'eld-3' && !ruleOf(path, key))
        .map(() => path.split('.')[0]),
    );
    expect([...new Set(byEngine)]).toEqual([
      'CapabilityStatement',
      'InsurancePlan',
      'Linkage',
      'Measure',
      'MeasureReport',
      'MessageDefinition',
      'MolecularSequence',
      'NamingSystem',
      'StructureMap',
      'TerminologyCapabilities',
      'TestReport',
      'TestScript',
    ]);
  });

  it.each([...pairs])('agree with the engine at %s', (path, found) => {
    const elementAt = elementsAt(path);
    expect(found.flatMap((pair) => disagreementsOf(elementAt, pair))).toEqual([]);
  });

  it('agree with the engine on every element of the examples of HL7', () => {
    let compared = 0;
    const disagreements: string[] = [];
    const compare = (path: string, element: JsonObject, context: ResourceContext): void => {
      // dom-6 is not asked of contained resources, which should have no narrative.
      const asked =
        path === 'DomainResource' && context.resource !== context.root.resource ? [] : (pairs.get(path) ?? []);
      for (const { name, ours, engine } of asked) {
        compared++;
        if (ours(element, context) !== engine(element, context))
          disagreements.push(`${name} ${JSON.stringify(element)}`);
      }
    };
    for (const resource of examples())
      visit(resource, resource['resourceType'] as string, { context: standalone(resource), compare });
    expect(disagreements).toEqual([]);
    expect(compared).toBeGreaterThan(isFull ? 20_000 : 5_000);
  });

  it('agree with the engine on what resources may contain, where the walk itself checks it', () => {
    const keys = ['dom-2', 'dom-3', 'dom-4', 'dom-5'];
    const engines = invariantDefinitions()
      .get('DomainResource')!
      .filter(({ key }) => keys.includes(key))
      .map(({ key, expression }) => ({ key, engine: compileInvariant('DomainResource', expression) }));
    const broken = new Set<string>();
    const disagreements: string[] = [];
    const containing = [...examples(8_000)].filter(({ contained }) => contained !== undefined);
    for (const example of shareOf(containing, 2)) {
      for (const resource of containersFrom(example)) {
        const context = standalone(resource);
        const codes = new Set(validateResource(resource, { maximumFindings: 1000 }).map(({ code }) => code));
        for (const { key, engine } of engines) {
          if (!codes.has(key) !== engine(resource, context)) disagreements.push(`${key} ${JSON.stringify(resource)}`);
          if (codes.has(key)) broken.add(key);
        }
      }
    }
    expect(disagreements).toEqual([]);
    expect([...broken].toSorted((left, right) => left.localeCompare(right))).toEqual(keys);
  });
});

/** The example, and the same with its contained resources renamed, versioned, labelled and nested. */
function containersFrom(example: JsonObject): readonly JsonObject[] {
  const contained = example['contained'] as readonly JsonObject[];
  const changed = (change: JsonObject): JsonObject => ({
    ...example,
    contained: contained.map((resource) => ({ ...resource, ...change })),
  });
  return [
    example,
    changed({ id: 'renamed' }),
    changed({ meta: { versionId: '1' } }),
    changed({ meta: { security: [{ code: 'R' }] } }),
    changed({ contained }),
  ];
}

interface RandomElement {
  readonly element: JsonObject;
  readonly context: ResourceContext;
}

/** Random elements of a path by their number, each made once for all invariants of the path. */
function elementsAt(path: string): (at: number) => RandomElement {
  const random = new RandomElements(7);
  const made: RandomElement[] = [];
  return (at) => {
    while (made.length <= at) {
      const element = random.make(typeAt(path), path === 'StructureDefinition' ? 3 : 2);
      made.push({ element, context: contextOf(path, element) });
    }
    return made[at]!;
  };
}

/** Elements about which the two differ; or that every element is alike to our rule, which shows nothing. */
function disagreementsOf(elementAt: (at: number) => RandomElement, { name, ours, engine }: Pair): readonly string[] {
  const seen = new Set<boolean>();
  const found: string[] = [];
  for (let at = 0; at < fewest || (seen.size < 2 && at < most && !alwaysTrue.has(name)); at++) {
    const { element, context } = elementAt(at);
    const own = ours(element, context);
    seen.add(own);
    if (own !== engine(element, context) && !meantOtherwise.has(name)) found.push(`${name} ${JSON.stringify(element)}`);
  }
  return seen.size < 2 && !alwaysTrue.has(name) ? [...found, `${name} is always the same`] : found;
}

/** The type whose elements stand at a path; an abstract one is stood for by one that extends it. */
function typeAt(path: string): string {
  if (path === 'DomainResource') return 'Patient';
  if (path === 'SimpleQuantity') return 'Quantity';
  if (isKnownType(path)) return path;
  const at = path.lastIndexOf('.');
  return elementTypes(path.slice(0, at), path.slice(at + 1))!.types.find((type) => !isPrimitiveType(type))!;
}

function contextOf(path: string, element: JsonObject): ResourceContext {
  if (element['resourceType'] !== undefined) return standalone(element);
  const part = path.startsWith('StructureDefinition.') ? { [path.split('.')[1]!]: element } : {};
  const contained = [{ resourceType: 'Patient', id: 'a' }];
  return standalone({ resourceType: 'StructureDefinition', type: 'Patient', kind: 'resource', contained, ...part });
}

const standalone = (resource: JsonObject): ResourceContext => ({ resource, root: { resource, mentions: undefined } });

interface Visit {
  readonly context: ResourceContext;
  readonly compare: (path: string, element: JsonObject, context: ResourceContext) => void;
}

function visit(element: JsonObject, type: string, { context, compare }: Visit): void {
  for (const ancestor of supertypes(type)) compare(ancestor, element, context);
  for (const [name, value] of Object.entries(element)) {
    const property = propertyType(type, name);
    if (!property) continue;
    const items = (Array.isArray(value) ? (value as readonly Json[]) : [value as Json]).filter(isObject);
    for (const item of items) {
      if (property.type === 'Resource') {
        const inner = name === 'contained' ? { ...context, resource: item } : standalone(item);
        visit(item, item['resourceType'] as string, { context: inner, compare });
      } else {
        const path = `${type}.${fhirPathName(type, name)}`;
        if (!isKnownType(path)) compare(path, item, context);
        visit(item, property.type, { context, compare });
      }
    }
  }
}

const fhirPathName = (type: string, property: string): string =>
  [...elementsOf(type)].find(([name, { choice }]) => choice && property.startsWith(name))?.[0] ?? property;

/** Instances, and one in forty of the many definitions; of the instances a share with the first of each type. */
function* examples(largest = 150_000): Generator<JsonObject> {
  const folder = dirname(createRequire(import.meta.url).resolve('hl7.fhir.r4.examples/package.json'));
  const manyOfAKind = /^(?:StructureDefinition|CodeSystem|ValueSet|SearchParameter|OperationDefinition|ConceptMap)-/;
  const seen = new Set<string>();
  for (const [at, file] of readdirSync(folder).toSorted().entries()) {
    if (!/^[A-Z].*\.json$/.test(file) || (manyOfAKind.test(file) && at % 40 > 0)) continue;
    const type = file.split('-')[0]!;
    if (!isFull && seen.has(type) && at % 3 > 0) continue;
    seen.add(type);
    const text = readFileSync(join(folder, file), 'utf8');
    if (text.length < largest) yield parseJson(text) as JsonObject;
  }
}

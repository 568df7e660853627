import { readFileSync } from 'node:fs';
import {
  choiceProperty,
  elementsOf,
  type ElementTypes,
  isPrimitiveType,
  supertypes,
} from '../../src/r4/model/elements.js';
import type { Json, JsonObject } from '../../src/r4/json/json.js';
import { isResourceType } from '../../src/r4/model/resource-types.js';
import type { ElementRules } from '../../src/r4/validation/property.js';
import { valueSetCodes } from '../../src/r4/model/value-sets.js';
import { Random } from './random.js';

type RuleTable = Readonly<Record<string, Readonly<Record<string, ElementRules>>>>;
const file = new URL('../../definitions/r4/element-rules.json', import.meta.url);
const rules = JSON.parse(readFileSync(file, 'utf8')) as RuleTable;

const days = ['2011', '2012', '2012-05', '2012-05-06'];
const moments = ['2012-05-06T10:00:00Z', '2012-05-06T12:30:00+05:00', '2013-01-01T00:00:00Z'];

/** Few values of each type, so that elements often agree or contradict each other. */
const valuesOfType: Readonly<Record<string, readonly Json[]>> = {
  boolean: [true, false],
  integer: [0, 1, 2, -1],
  unsignedInt: [0, 1, 2],
  positiveInt: [1, 2],
  decimal: [0, 1, 2.5, -1, 101],
  string: ['a', 'b', 'Patient', '1', '*', 'x y'],
  markdown: ['a'],
  code: ['a', 'b', '1', '%'],
  id: ['a', 'b'],
  uri: ['http://unitsofmeasure.org', '#a', 'http://hl7.org/fhir/StructureDefinition/x', 'urn:x'],
  url: ['http://example.org/_history/1'],
  canonical: ['#a', 'http://example.org', 'x'],
  oid: ['urn:oid:1.2'],
  uuid: ['urn:uuid:c757873d-ec9a-4326-a141-556f43239520'],
  date: days,
  dateTime: [...days, ...moments],
  instant: moments,
  time: ['10:00:00'],
  base64Binary: ['YQ=='],
  xhtml: ['<div xmlns="http://www.w3.org/1999/xhtml">a</div>'],
};

/** Values that invariants ask for, by the name of the element. */
const valuesOfName: Readonly<Record<string, readonly string[]>> = {
  code: ['entered-in-error', '%', '1', 'mg', 'Reference', 'string', 'canonical'],
  fullUrl: ['http://example.org/1', 'http://example.org/_history/1', 'urn:uuid:1'],
  linkId: ['a', 'b', 'c'],
  max: ['*', '1', '0', 'x'],
  name: ['Name', 'not a name', 'a'],
  path: ['Patient', 'Patient.x', 'Patient.x:y', 'a b'],
  reference: ['Patient/1', '#a', '#', '#b', 'Practitioner/p'],
  system: ['http://unitsofmeasure.org', 'http://example.org'],
  type: ['Patient', 'Extension', 'string', 'Reference', 'http://hl7.org/fhirpath/System.String', 'x.y z'],
  versionId: ['1', '2'],
};

const terminology = 'http://terminology.hl7.org/CodeSystem';
const codings: readonly JsonObject[] = [
  { system: `${terminology}/condition-ver-status`, code: 'entered-in-error' },
  { system: `${terminology}/allergyintolerance-verification`, code: 'entered-in-error' },
  { system: `${terminology}/condition-clinical`, code: 'resolved' },
  { system: 'something', code: 'patient-privacy' },
  { system: 'something', code: 'research' },
  { system: 'something', code: 'adr' },
  { system: 'something', code: 'treatment' },
  { code: 'problem-list-item' },
];

/** Neither tells an invariant anything, and both would make every element large. */
const leftOut = new Set(['modifierExtension', 'contained', 'implicitRules', 'language']);

interface Element {
  readonly name: string;
  readonly rule: ElementRules;
  /** Number of further levels that complex values may have. */
  readonly depth: number;
}

const ruleOf = (type: string, name: string): ElementRules =>
  supertypes(type).flatMap((ancestor) => rules[ancestor]?.[name] ?? [])[0] ?? {};

/** Makes elements of a type that have its shape, the same for the same seed: an invariant holds for some, not for others. */
export class RandomElements {
  private readonly random: Random;

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  make(type: string, depth = 2): JsonObject {
    if (type === 'CodeableConcept' && this.random.chance(0.8)) return { coding: [this.random.pick(codings)] };
    if (type === 'Quantity' && this.random.chance(0.3)) return { value: this.random.pick([1, 2]) };
    const element: JsonObject = isResourceType(type) ? { resourceType: type } : {};
    const density = this.random.pick([0.1, 0.3, 0.6]);
    for (const [name, definition] of elementsOf(type)) {
      const rule = ruleOf(type, name);
      if (this.isWanted(name, rule, density)) this.fill(element, definition, { name, rule, depth });
    }
    return element;
  }

  private fill(element: JsonObject, { types, choice, repeats }: ElementTypes, of: Element): void {
    const type = this.random.pick(types);
    if (!isPrimitiveType(type) && of.depth <= (of.rule.min ? -2 : 0)) return;
    const value = (): Json => this.value(type, of);
    const property = choice ? choiceProperty(of.name, type) : of.name;
    element[property] = repeats ? Array.from({ length: this.random.pick([1, 1, 2, 3]) }, value) : value();
  }

  private isWanted(name: string, { min }: ElementRules, density: number): boolean {
    if (leftOut.has(name)) return false;
    return min !== undefined || this.random.chance(name === 'extension' ? density / 5 : density);
  }

  private value(type: string, of: Element): Json {
    if (type === 'Resource') return this.entry();
    return isPrimitiveType(type) ? this.primitive(type, of.name, of.rule) : this.make(type, of.depth - 1);
  }

  private entry(): JsonObject {
    return {
      resourceType: this.random.pick(['Patient', 'Composition', 'MessageHeader']),
      meta: { versionId: this.random.pick(['1', '2']) },
    };
  }

  private primitive(type: string, name: string, { values }: ElementRules): Json {
    const codes = values === undefined ? undefined : valueSetCodes(values)?.codes;
    if (codes && this.random.chance(0.95)) return this.random.pick([...codes].slice(0, 40));
    const named = ['string', 'uri', 'code', 'id'].includes(type) ? valuesOfName[name] : undefined;
    return named && this.random.chance(0.85) ? this.random.pick(named) : this.random.pick(valuesOfType[type]!);
  }
}

import { isObject, type Json, type JsonObject } from '../../src/r4/json/json.js';
import { compileFully, type TypedValue } from '../../src/r4/search/path/full-engine.js';
import type { SearchParameter } from '../../src/r4/search/parameters/search-parameter.js';
import type { SearchParameters } from '../../src/r4/search/parameters/search-parameters.js';

/** The text of a search value, escapes included; what the resource says in R4's words, without looking at our index. */
type Texts = (value: Json) => readonly string[];

const escape = (text: string): string => text.replaceAll(/[\\,|$]/g, String.raw`\$&`);
const object =
  (read: (value: JsonObject) => readonly string[]): Texts =>
  (value) =>
    isObject(value) ? read(value) : [];
const texts = (...values: readonly (Json | undefined)[]): readonly string[] =>
  values.filter((value): value is string => typeof value === 'string' && /\S/.test(value));
const list = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? (value as readonly Json[]) : []);
const plain: Texts = (value) => texts(value).map(escape);

const coding = object(({ system, code }) => {
  const [s] = texts(system).map(escape);
  const [c] = texts(code).map(escape);
  if (c === undefined) return s === undefined ? [] : [`${s}|`];
  return s === undefined ? [c, `|${c}`] : [`${s}|${c}`, c, `${s}|`];
});
const identifier = object(({ system, value }) => coding({ system: system ?? null, code: value ?? null }));
const begin: Texts = (value) => texts(value).map((text) => escape(text.trim().slice(0, 20)));
const beginnings = (value: JsonObject, ...names: readonly string[]) =>
  names.flatMap((name) => [...begin(value[name] ?? null), ...list(value[name]).flatMap(begin)]);

const moment: Texts = (value) => texts(value).flatMap((text) => [text, `ge${text}`, `le${text}`]);
const period = object(({ start, end }) => [
  ...texts(start).flatMap((text) => [`ge${text}`, `gt${Number(text.slice(0, 4)) - 1}`]),
  ...texts(end).flatMap((text) => [`le${text}`, `lt${Number(text.slice(0, 4)) + 1}`]),
]);
const numberText = (value: Json | undefined): readonly string[] => (typeof value === 'number' ? [String(value)] : []);
const number: Texts = (value) => numberText(value).flatMap((text) => [text, `ge${text}`, `le${text}`, `ap${text}`]);
const ofRange = object(({ low, high }) => [
  ...(isObject(low) ? numberText(low['value']).map((text) => `ge${text}`) : []),
  ...(isObject(high) ? numberText(high['value']).map((text) => `le${text}`) : []),
]);
const quantity = object(({ value, comparator, system, code, unit }) => {
  const prefix = comparator === undefined ? '' : texts(comparator).some((one) => one.startsWith('<')) ? 'lt' : 'gt';
  return numberText(value).flatMap((text) => [
    prefix + text,
    ...texts(code).map((c) => `${prefix}${text}|${texts(system).map(escape).join('')}|${escape(c)}`),
    ...texts(unit).map((u) => `${prefix}${text}||${escape(u)}`),
  ]);
});
const money = object(({ value, currency }) =>
  numberText(value).flatMap((text) => [text, ...texts(currency).map((c) => `${text}|urn:iso:std:iso:4217|${c}`)]),
);
const url: Texts = (value) =>
  texts(value)
    .filter((text) => !text.startsWith('#'))
    .map(escape);
const reference = object((value) =>
  texts(value['reference'])
    .filter((text) => !text.startsWith('#') && !text.includes('/_history/'))
    .map(escape),
);

/** By type of parameter and data type (https://hl7.org/fhir/R4/search.html#ptypes). */
const writers: Readonly<Record<string, Readonly<Record<string, Texts>>>> = {
  token: {
    Coding: coding,
    CodeableConcept: object((value) => list(value['coding']).flatMap(coding)),
    Identifier: identifier,
    ContactPoint: object(({ value }) => texts(value).map(escape)),
    boolean: (value) => [JSON.stringify(value)],
    code: plain,
    string: plain,
    uri: plain,
  },
  reference: { Reference: reference, canonical: url, uri: url },
  string: {
    string: begin,
    markdown: begin,
    HumanName: object((value) => beginnings(value, 'family', 'given', 'text', 'prefix')),
    Address: object((value) => beginnings(value, 'line', 'city', 'state', 'postalCode', 'country', 'text')),
  },
  uri: { uri: url, canonical: url, url: url, oid: url },
  date: { date: moment, dateTime: moment, instant: moment, Period: period },
  number: { decimal: number, integer: number, positiveInt: number, unsignedInt: number, Range: ofRange },
  quantity: { Quantity: quantity, Age: quantity, Duration: quantity, Money: money, Range: ofRange },
};

export interface WrittenQuery {
  readonly code: string;
  readonly text: string;
}

type Evaluate = (resource: JsonObject) => readonly string[];

/** Writes queries that must find a resource, from its own content as the `fhirpath` package reads it. */
export class ExampleQueries {
  private readonly known = new Map<string, readonly { readonly code: string; readonly evaluate: Evaluate }[]>();

  constructor(private readonly parameters: SearchParameters) {}

  /** `most`: of one parameter. */
  of(resource: JsonObject, most = 6): readonly WrittenQuery[] {
    return this.parametersOf(resource['resourceType'] as string).flatMap(({ code, evaluate }) =>
      [...new Set(evaluate(resource))].slice(0, most).map((text) => ({ code, text })),
    );
  }

  private parametersOf(type: string) {
    let found = this.known.get(type);
    if (!found) {
      found = [...this.parameters.forType(type).values()]
        .filter(({ expression, code }) => expression !== undefined && code !== '_lastUpdated' && code !== 'near')
        .map((parameter) => ({ code: parameter.code, evaluate: this.evaluation(parameter, type) }));
      this.known.set(type, found);
    }
    return found;
  }

  private evaluation(parameter: SearchParameter, type: string): Evaluate {
    const nodes = valuesBy(parameter.expression ?? '', type, type);
    if (parameter.type !== 'composite') return (resource) => nodes(resource, resource).flatMap(write(parameter.type));
    return (resource) => nodes(resource, resource).flatMap((node) => this.combination(parameter, node, resource));
  }

  /** The first value of each component of one node. */
  private combination({ component = [] }: SearchParameter, node: TypedValue, resource: JsonObject): readonly string[] {
    const parts = component.flatMap(({ definition, expression }) => {
      const { type } = this.parameters.findByUrl(definition)!;
      const values = valuesBy(expression, node.type, resource['resourceType'] as string)(node.value, resource);
      return values.flatMap(write(type)).slice(0, 1);
    });
    return parts.length === component.length ? [parts.join('$')] : [];
  }
}

const write =
  (parameterType: string) =>
  ({ type, value }: TypedValue): readonly string[] =>
    value === null || value === undefined ? [] : (writers[parameterType]?.[type]?.(value) ?? []);

/** Each side of a union by itself: the engine compares all values of a union. */
function valuesBy(expression: string, type: string, resourceType: string) {
  const focus = { type, resourceType };
  const sides = expression.split(' | ').map((side) => compileFully(side, focus));
  return (node: Json, resource: JsonObject): readonly TypedValue[] => sides.flatMap((side) => side(node, { resource }));
}

import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isObject, type Json, type JsonObject } from '../../src/r4/json/json.js';
import { isResourceType, resourceTypes } from '../../src/r4/model/resource-types.js';
import { compilePath } from '../../src/r4/search/path/compile-path.js';
import { compileFully, type TypedValue } from '../../src/r4/search/path/full-engine.js';
import { parsePath } from '../../src/r4/search/path/parse-path.js';
import { follow, type Evaluation } from '../../src/r4/search/path/step.js';
import type { Focus } from '../../src/r4/search/path/typed-path.js';
import { isFull, shareOfEachType } from '../support/full.js';
import type { SearchParameter } from '../../src/r4/search/parameters/search-parameter.js';
import { SearchParameters } from '../../src/r4/search/parameters/search-parameters.js';

// HL7's own examples, and HL7's own expressions as the `fhirpath` package understands them.
const folder = dirname(createRequire(import.meta.url).resolve('hl7.fhir.r4.examples/package.json'));
const parameters = new SearchParameters();

type Evaluate = (node: Json, evaluation: Evaluation) => readonly TypedValue[];
interface Comparison {
  readonly name: string;
  readonly compiled: Evaluate;
  readonly full: Evaluate;
}

function compiled(expression: string, focus: Focus): Evaluate {
  let found: TypedValue[] = [];
  const visits = compilePath(parsePath(expression), focus).map(({ type, steps }) =>
    follow(steps, (value) => found.push({ type, value })),
  );
  return (node, evaluation) => {
    found = [];
    for (const visit of visits) visit(node, evaluation);
    return found;
  };
}

/** Each side of a union by itself: the engine compares all values of a union, and throws on quantities with a comparator. */
function full(expression: string, focus: Focus): Evaluate {
  const sides = expression.split(' | ').map((side) => compileFully(side, focus));
  return (node, evaluation) => sides.flatMap((side) => side(node, evaluation));
}

/** The expression, and those of the components of a composite from where it stands. */
function expressionsOf({ expression, component = [] }: SearchParameter): readonly string[] {
  if (expression === undefined) return [];
  const inside = component.map((part) => {
    const starts = part.expression.startsWith('%resource') ? [''] : expression.split(' | ').map((side) => `${side}.`);
    return starts.flatMap((start) => part.expression.split(' | ').map((side) => start + side)).join(' | ');
  });
  return [expression, ...inside];
}

const comparisons = new Map<string, readonly Comparison[]>();

function comparisonsOf(type: string): readonly Comparison[] {
  let found = comparisons.get(type);
  if (!found) {
    const focus = { type, resourceType: type };
    found = [...parameters.forType(type).values()].flatMap((parameter) =>
      expressionsOf(parameter).map((expression) => ({
        name: `${type} ${parameter.code}`,
        compiled: compiled(expression, focus),
        full: full(expression, focus),
      })),
    );
    comparisons.set(type, found);
  }
  return found;
}

/** The engine keeps a node for a primitive that has only extensions; it removes duplicates, which we do later. */
const inOrder = (values: readonly TypedValue[]): readonly string[] =>
  [
    ...new Set(
      values.filter(({ value }) => value !== null && value !== undefined).map(({ value }) => JSON.stringify(value)),
    ),
  ].toSorted();

function* examples(): Generator<JsonObject> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  for (const file of shareOfEachType(files, 5)) {
    const resource = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Json;
    if (isObject(resource) && isResourceType(resource['resourceType'] as string)) yield resource;
  }
}

describe('the compiled expressions of R4 search parameters', () => {
  it('need nothing beyond what we compile', () => {
    const beyond = [...resourceTypes].flatMap((type) =>
      [...parameters.forType(type).values()].filter(({ expression }) => {
        try {
          compilePath(parsePath(expression ?? '$this'), { type, resourceType: type });
          return false;
        } catch {
          return true;
        }
      }),
    );
    expect(beyond).toEqual([]);
  });

  it('find in every example of the specification what fhirpath finds', { timeout: 120_000 }, () => {
    const differences: string[] = [];
    let compared = 0;
    for (const resource of examples()) {
      for (const { name, compiled: ours, full: theirs } of comparisonsOf(resource['resourceType'] as string)) {
        const expected = inOrder(theirs(resource, { resource }));
        const actual = inOrder(ours(resource, { resource }));
        compared++;
        if (JSON.stringify(actual) !== JSON.stringify(expected)) {
          differences.push(
            `${name} of ${resource['id'] as string}: ${actual.join(' ')} instead of ${expected.join(' ')}`,
          );
        }
      }
    }
    expect(differences.slice(0, 20)).toEqual([]);
    expect(compared).toBeGreaterThan(isFull ? 100_000 : 15_000);
  });
});

import type { ArgumentNode, DirectiveNode } from 'graphql';
import type { Json } from '../../../r4/json/json.js';
import { InvalidQuery, quoted, unknownName } from './query-errors.js';
import { type ReadQuery, valueOf } from './read-query.js';

/** Values of arguments as text. */
export type Arguments = ReadonlyMap<string, string | readonly string[]>;

type Variables = ReadQuery['variables'];

/** Throws 400 for objects, and for a name that stands twice. What is null is not given. */
export function readArguments(nodes: readonly ArgumentNode[], variables: Variables): Arguments {
  const args = new Map<string, string | readonly string[]>();
  for (const { name, value } of nodes) {
    if (args.has(name.value))
      throw new InvalidQuery(`The argument ${name.value} is given twice. A list has several values.`);
    const given = valueOf(value, variables);
    if (given !== undefined && given !== null) args.set(name.value, textsOf(given));
  }
  return args;
}

const textsOf = (value: Json): string | readonly string[] =>
  Array.isArray(value)
    ? (value as readonly Json[]).filter((one) => one !== null).map(textOfScalar)
    : textOfScalar(value);

function textOfScalar(value: Json): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new InvalidQuery('Arguments are text, numbers, true, false, or lists of them.');
}

/** Meaning of the directives of a selection. */
export interface Directives {
  /** By `@skip` and `@include`. */
  readonly isIncluded: boolean;
  readonly flatten: boolean;
  readonly first: boolean;
  readonly singleton: boolean;
  /** FHIRPath of the suffix of its name in the answer. */
  readonly slice: string | undefined;
}

/** Directives, with the argument that each takes. */
const argumentOf = { skip: 'if', include: 'if', flatten: '', first: '', singleton: '', slice: 'path' } as const;

type DirectiveName = keyof typeof argumentOf;

/** https://hl7.org/fhir/R4/graphql.html#flattening; throws 400 for others. */
export function readDirectives(nodes: readonly DirectiveNode[], variables: Variables): Directives {
  const found = new Map<DirectiveName, Arguments>();
  for (const { name, arguments: given = [] } of nodes) {
    const known = nameOf(name.value);
    if (found.has(known)) throw new InvalidQuery(`@${known} stands twice on one field.`);
    const args = readArguments(given, variables);
    requireOnly(known, args);
    found.set(known, args);
  }
  const skips = conditionOf('skip', found) ?? false;
  return {
    isIncluded: !skips && (conditionOf('include', found) ?? true),
    flatten: found.has('flatten'),
    first: found.has('first'),
    singleton: found.has('singleton'),
    slice: valueFor('slice', found),
  };
}

function nameOf(name: string): DirectiveName {
  if (Object.hasOwn(argumentOf, name)) return name as DirectiveName;
  throw unknownName(`The directive @${quoted(name)} is not offered.`, name, Object.keys(argumentOf));
}

function requireOnly(directive: DirectiveName, args: Arguments): void {
  const taken = argumentOf[directive];
  const other = [...args.keys()].find((one) => one !== taken);
  if (other !== undefined)
    throw unknownName(`@${directive} has no argument ${quoted(other)}.`, other, taken === '' ? [] : [taken]);
}

function conditionOf(directive: 'skip' | 'include', found: ReadonlyMap<DirectiveName, Arguments>): boolean | undefined {
  const text = valueFor(directive, found);
  if (text === undefined || text === 'true' || text === 'false') return text === undefined ? text : text === 'true';
  throw new InvalidQuery(`@${directive}(if:) is true or false.`);
}

function valueFor(directive: DirectiveName, found: ReadonlyMap<DirectiveName, Arguments>): string | undefined {
  const args = found.get(directive);
  if (!args) return undefined;
  const value = args.get(argumentOf[directive]);
  if (typeof value === 'string') return value;
  throw new InvalidQuery(`@${directive} needs the argument ${argumentOf[directive]}.`, 'required');
}

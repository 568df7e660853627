import type { FieldNode, SelectionNode, SelectionSetNode } from 'graphql';
import { Kind } from 'graphql/language/kinds.js';
import { isKnownType } from '../../../r4/model/elements.js';
import { resourceTypes } from '../../../r4/model/resource-types.js';
import { ArgumentCheck } from './argument-check.js';
import { type FieldType, fieldOf, isOf, offeredFields, queryType, typeName, typesOf } from './fields.js';
import { InvalidQuery, quoted, unknownName } from './query-errors.js';
import { type Arguments, type Directives, readArguments, readDirectives } from './read-arguments.js';
import type { ReadQuery } from './read-query.js';

/** Levels of fields in fields. */
const mostLevels = 20;
/** Fields, those of a fragment at each of its places. */
const mostFields = 1_000;

/** A field that is asked for, with variables and fragments put in. */
export interface PlannedField {
  /** Its alias or name. */
  readonly key: string;
  readonly name: string;
  /** Names from the root, for messages. */
  readonly path: string;
  /** Types of fragments that it stands in: values of others do not have it. */
  readonly on: readonly string[];
  readonly args: Arguments;
  readonly flatten: boolean;
  readonly first: boolean;
  readonly singleton: boolean;
  /** FHIRPath of the suffix of its name in the answer. */
  readonly slice: string | undefined;
  /** Absent for text and numbers. */
  readonly fields: readonly PlannedField[] | undefined;
}

/** Place of a selection. */
interface Place {
  /** Types that its values may have. */
  readonly types: readonly string[];
  readonly path: string;
  readonly on: readonly string[];
  readonly depth: number;
  /** Fragments that it stands in. */
  readonly within: readonly string[];
}

/** Makes fields of a query on values of a type. Throws 400 for what is not offered, and for queries that are too large. */
export function planQuery(query: ReadQuery, type: string, checks: ArgumentCheck): readonly PlannedField[] {
  const { selectionSet, directives = [] } = query.operation;
  if (directives.length > 0)
    throw new InvalidQuery('A query has no directives of its own; its fields and fragments have.');
  const place = { types: [type], path: '', on: [], depth: 0, within: [] };
  return new Planning(query, checks).fields(selectionSet, place);
}

class Planning {
  private count = 0;

  constructor(
    private readonly query: ReadQuery,
    private readonly checks: ArgumentCheck,
  ) {}

  fields({ selections }: SelectionSetNode, place: Place): readonly PlannedField[] {
    if (place.depth >= mostLevels)
      throw new InvalidQuery(
        `The query nests more than ${mostLevels} levels deep. Ask in several queries.`,
        'too-costly',
      );
    const fields = selections.flatMap((one) => this.selected(one, place));
    requireDistinct(fields);
    return fields;
  }

  private selected(selection: SelectionNode, place: Place): readonly PlannedField[] {
    // Fragments count as well: those without fields would cost and never end.
    if (++this.count > mostFields)
      throw new InvalidQuery(
        `The query asks for more than ${mostFields} fields, those of a fragment at each of its places. Ask in several queries.`,
        'too-costly',
      );
    const directives = readDirectives(selection.directives ?? [], this.query.variables);
    if (!directives.isIncluded) return [];
    if (selection.kind === Kind.FIELD) return [this.field(selection, place, directives)];
    requireNoShape(directives);
    if (selection.kind === Kind.INLINE_FRAGMENT)
      return this.fragment(selection.selectionSet, place, selection.typeCondition?.name.value);
    return this.spread(selection.name.value, place);
  }

  private spread(name: string, place: Place): readonly PlannedField[] {
    const found = this.query.fragments.get(name);
    if (!found) throw unknownName(`The query has no fragment ${quoted(name)}.`, name, [...this.query.fragments.keys()]);
    if (place.within.includes(name)) throw new InvalidQuery(`The fragment ${quoted(name)} contains itself.`);
    const within = [...place.within, name];
    return this.fragment(found.selectionSet, { ...place, within }, found.typeCondition.name.value);
  }

  private fragment(set: SelectionSetNode, place: Place, condition: string | undefined): readonly PlannedField[] {
    if (condition === undefined) return this.fields(set, { ...place, depth: place.depth + 1 });
    const types = place.types.filter((type) => isOf(type, condition));
    if (types.length === 0 && !isKnownType(condition)) {
      const offered = place.types.length > 1 ? [...resourceTypes] : place.types.map(typeName);
      throw unknownName(`${quoted(condition)}, of a fragment, is no type here.`, condition, offered);
    }
    // Values of this place never have the type: what stands in it is judged as if they might.
    const asked = types.length > 0 ? types : [condition];
    return this.fields(set, { ...place, types: asked, on: [...place.on, condition], depth: place.depth + 1 });
  }

  private field(node: FieldNode, place: Place, { flatten, first, singleton, slice }: Directives): PlannedField {
    const name = node.name.value;
    const path = [place.path, name].filter(Boolean).join('.');
    const found = place.types.flatMap((type) => fieldOf(type, name) ?? []);
    if (found.length === 0) throw unknownField(name, path, place.types);
    const args = readArguments(node.arguments ?? [], this.query.variables);
    this.checks.check({ path, args, found, isRoot: place.types[0] === queryType });
    const types = typesUnder(found, args);
    if (types.length === 0 && (node.selectionSet || flatten))
      throw new InvalidQuery(`${path} is text or a number: it has no fields in { }, and no @flatten.`);
    if (!node.selectionSet) requireText(path, found, types);
    const inner = { types, path, on: [], depth: place.depth + 1, within: place.within };
    const fields = node.selectionSet && this.fields(node.selectionSet, inner);
    return { key: node.alias?.value ?? name, name, path, on: place.on, args, flatten, first, singleton, slice, fields };
  }
}

function requireNoShape({ flatten, first, singleton, slice }: Directives): void {
  if (flatten || first || singleton || slice !== undefined)
    throw new InvalidQuery('Fragments take @skip and @include; @flatten, @first, @singleton and @slice are of fields.');
}

/** Types of the values below a field; `resource` may name one. */
function typesUnder(found: readonly FieldType[], args: Arguments): readonly string[] {
  const named = found.every(({ kind }) => kind === 'resource') ? args.get('type') : undefined;
  return typeof named === 'string' ? [named] : [...new Set(found.flatMap(typesOf))];
}

function unknownField(name: string, path: string, types: readonly string[]): InvalidQuery {
  if (name === '__schema' || name === '__type')
    return new InvalidQuery(
      'Introspection is not offered: what may be asked are the elements of R4 (https://hl7.org/fhir/R4/graphql.html), and the searches ' +
        'that metadata lists.',
      'not-supported',
    );
  const [only, ...others] = types;
  if (only !== undefined && others.length === 0)
    return unknownName(`${path}: ${typeName(only)} has no field ${quoted(name)}.`, name, offeredFields(only));
  const all = [...new Set(types.flatMap(offeredFields))];
  return unknownName(`${path}: none of the types that it may have has a field ${quoted(name)}.`, name, all);
}

/** Throws for a field without a selection that is an object, whatever has it. */
function requireText(path: string, found: readonly FieldType[], types: readonly string[]): void {
  if (found.some((one) => typesOf(one).length === 0)) return;
  const [only, ...others] = types;
  const example = only !== undefined && others.length === 0 ? offeredFields(only) : ['id', 'resourceType'];
  throw new InvalidQuery(
    `${path} has fields of its own: say which in { }. Offered: ${example.slice(0, 40).join(', ')}.`,
    'required',
  );
}

/** Fields of one name in the answer are the same field, or of different types. */
function requireDistinct(fields: readonly PlannedField[]): void {
  const known = new Map<string, PlannedField[]>();
  for (const field of fields) {
    const namesakes = known.get(field.key);
    const other = namesakes?.find((one) => !mayMeet(one, field));
    if (other) {
      throw new InvalidQuery(
        `${field.path}: two fields that differ would both be called ${quoted(field.key)} in the answer. Give one an alias.`,
      );
    }
    if (namesakes) namesakes.push(field);
    else known.set(field.key, [field]);
  }
}

const mayMeet = (one: PlannedField, other: PlannedField): boolean =>
  (one.name === other.name && sameArguments(one.args, other.args) && one.slice === other.slice) ||
  (one.name === 'resource' && other.name === 'resource' && one.args.get('type') !== other.args.get('type')) ||
  one.on.join() !== other.on.join();

const sameArguments = (one: Arguments, other: Arguments): boolean =>
  one.size === other.size && [...one].every(([name, value]) => String(value) === String(other.get(name)));

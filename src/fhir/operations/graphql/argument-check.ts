import { propertiesOf, isPrimitiveType } from '../../../r4/model/elements.js';
import { isResourceType, resourceTypes } from '../../../r4/model/resource-types.js';
import type { SearchOffer } from '../../../r4/search/parameters/search-offer.js';
import type { FieldType } from './fields.js';
import { InvalidQuery, quoted, unknownName } from './query-errors.js';
import type { Arguments } from './read-arguments.js';

/** A field with its arguments. */
interface CheckedField {
  readonly path: string;
  readonly args: Arguments;
  /** The allowed types. */
  readonly found: readonly FieldType[];
  readonly isRoot: boolean;
}

/** Arguments that are the same for all lists of elements. */
const ofElements = ['fhirpath', '_count', '_offset'];
/** Arguments of searches that are no search parameters. */
const ofSearches = ['_count', '_sort', 'fhirpath'];
const cursors = ['_cursor', 'cursor'];

/** The name of a search parameter in GraphQL, which has no hyphens. */
export const argumentName = (code: string): string => code.replaceAll('-', '_');

/** Checks arguments before anything is read. Throws 400, naming those that are offered. */
export class ArgumentCheck {
  constructor(private readonly offer: SearchOffer) {}

  check(field: CheckedField): void {
    if (field.args.size === 0 && !needsArguments(field.found)) return;
    const offered = new Set(field.found.flatMap((one) => this.offered(one, field.isRoot)));
    for (const name of field.args.keys())
      if (!offered.has(name)) throw unknownName(`${field.path} takes no argument ${quoted(name)}.`, name, [...offered]);
    for (const one of field.found) requireValues(one, field);
  }

  private offered(field: FieldType, isRoot: boolean): readonly string[] {
    if (field.kind === 'list' || field.kind === 'connection') {
      const own = this.offer.for(field.type).map(({ code }) => argumentName(code));
      const place = isRoot ? (field.kind === 'connection' ? cursors : []) : ['_reference'];
      return [...ofSearches, ...place, ...own];
    }
    if (field.kind !== 'element') return ofOthers[field.kind];
    return isPrimitiveType(field.type) ? [] : [...ofElements, ...primitivesOf(field.type)];
  }
}

const ofOthers = { typename: [], resource: ['optional', 'type'], read: ['id', '_id'] } as const;

const primitivesOf = (type: string): readonly string[] =>
  [...propertiesOf(type)].flatMap(([name, one]) => (isPrimitiveType(one.type) ? [name] : []));

const needsArguments = (found: readonly FieldType[]): boolean =>
  found.some(({ kind }) => kind === 'read' || kind === 'list' || kind === 'connection');

function requireValues({ kind }: FieldType, field: CheckedField): void {
  const { path, args } = field;
  if (kind === 'read') requireText(path, args, args.has('_id') ? '_id' : 'id');
  if (kind === 'list' || kind === 'connection') requireSearch(field);
  if (kind === 'resource') requireReference(path, args);
  for (const name of ['_count', '_offset']) requireNumber(path, args, name);
  if (args.has('fhirpath')) requireText(path, args, 'fhirpath');
}

function requireSearch({ path, args, isRoot }: CheckedField): void {
  if (!isRoot) requireText(path, args, '_reference');
  const others = [...args.keys()].filter((name) => name !== 'fhirpath');
  if (others.length > 1 && cursors.some((name) => args.has(name)))
    throw new InvalidQuery(`${path}: a cursor knows its search; only fhirpath may stand beside it.`);
}

function requireText(path: string, args: Arguments, name: string): void {
  const value = args.get(name);
  if (typeof value === 'string' && value !== '') return;
  const fact = name === '_reference' ? 'the search parameter that leads here' : 'one text';
  throw new InvalidQuery(`${path} needs the argument ${name}: ${fact}.`, 'required');
}

function requireNumber(path: string, args: Arguments, name: string): void {
  const value = args.get(name);
  if (value !== undefined && !(typeof value === 'string' && /^\d{1,9}$/.test(value)))
    throw new InvalidQuery(`${path}: ${name} is a number of 0 and more.`);
}

function requireReference(path: string, args: Arguments): void {
  const [optional, type] = [args.get('optional'), args.get('type')];
  if (optional !== undefined && optional !== 'true' && optional !== 'false')
    throw new InvalidQuery(`${path}: optional is true or false.`);
  if (type !== undefined && !(typeof type === 'string' && isResourceType(type)))
    throw unknownName(`${path}: type ${quoted(String(type))} is no resource type.`, String(type), [...resourceTypes]);
}

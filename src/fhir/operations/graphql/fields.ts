import { isPrimitiveType, propertiesOf, supertypes } from '../../../r4/model/elements.js';
import { isResourceType, resourceTypes } from '../../../r4/model/resource-types.js';

/** Type of the root of a query on the system. */
export const queryType = 'Query';

/** A field of a type: an element, or one of those that R4 adds (https://hl7.org/fhir/R4/graphql.html). */
export type FieldType =
  | { readonly kind: 'typename' }
  | { readonly kind: 'element'; readonly type: string; readonly repeats: boolean }
  /** The target of a Reference. */
  | { readonly kind: 'resource' }
  /** A resource by its id. */
  | { readonly kind: 'read'; readonly type: string }
  /** A search; below a resource, for what refers to it. */
  | { readonly kind: 'list' | 'connection'; readonly type: string };

const typename: FieldType = { kind: 'typename' };
const target: FieldType = { kind: 'resource' };
const element = (type: string, repeats = false): FieldType => ({ kind: 'element', type, repeats });

const ofConnection: Readonly<Record<string, FieldType>> = {
  count: element('integer'),
  offset: element('integer'),
  pagesize: element('integer'),
  first: element('string'),
  previous: element('string'),
  next: element('string'),
  last: element('string'),
};
const ofEdge: Readonly<Record<string, FieldType>> = { mode: element('code'), score: element('decimal') };

const connection = 'Connection';
const edge = 'Edge';

/** Name of the type of the answer to a search that has pages. */
export const connectionOf = (type: string): string => type + connection;

/** The field of a type; undefined where it has none of that name. */
export function fieldOf(type: string, name: string): FieldType | undefined {
  if (name === '__typename') return typename;
  const searched = searchedType(type, connection);
  if (searched !== undefined) return name === 'edges' ? element(searched + edge, true) : own(ofConnection, name);
  const found = searchedType(type, edge);
  if (found !== undefined) return name === 'resource' ? element(found) : own(ofEdge, name);
  return type === queryType ? rootField(name) : fieldOfType(type, name);
}

function fieldOfType(type: string, name: string): FieldType | undefined {
  const property = propertiesOf(type).get(name);
  if (property) return { kind: 'element', ...property };
  if (name === 'resource' && type === 'Reference') return target;
  if (!isResourceType(type)) return undefined;
  return name === 'resourceType' ? element('code') : searchField(name);
}

const rootField = (name: string): FieldType | undefined =>
  isResourceType(name) ? { kind: 'read', type: name } : searchField(name);

function searchField(name: string): FieldType | undefined {
  const list = searchedType(name, 'List');
  if (list !== undefined) return { kind: 'list', type: list };
  const paged = searchedType(name, connection);
  return paged === undefined ? undefined : { kind: 'connection', type: paged };
}

function searchedType(name: string, suffix: string): string | undefined {
  const type = name.endsWith(suffix) ? name.slice(0, -suffix.length) : '';
  return isResourceType(type) ? type : undefined;
}

const own = (fields: Readonly<Record<string, FieldType>>, name: string): FieldType | undefined =>
  Object.hasOwn(fields, name) ? fields[name] : undefined;

/** Names that a type offers; those of searches and of siblings of primitives are left out, and told in words. */
export function offeredFields(type: string): readonly string[] {
  if (searchedType(type, connection) !== undefined) return [...Object.keys(ofConnection), 'edges'];
  if (searchedType(type, edge) !== undefined) return [...Object.keys(ofEdge), 'resource'];
  if (type === queryType) return [...resourceTypes].flatMap((one) => [one, `${one}List`, `${one}Connection`]);
  const names = [...propertiesOf(type).keys()].filter((name) => !name.startsWith('_'));
  return [...names, ...(type === 'Reference' ? ['resource'] : []), ...(isResourceType(type) ? ['resourceType'] : [])];
}

/** Types of the values of a field; none for text and numbers. */
export function typesOf(field: FieldType): readonly string[] {
  if (field.kind === 'typename') return [];
  if (field.kind === 'resource') return anyResource;
  if (field.kind === 'connection') return [connectionOf(field.type)];
  if (field.kind !== 'element') return [field.type];
  if (field.type === 'Resource') return anyResource;
  return isPrimitiveType(field.type) ? [] : [field.type];
}

const anyResource = [...resourceTypes];

/** The name that GraphQL can have: `PatientContact` of `Patient.contact`. */
export const typeName = (type: string): string =>
  type
    .split('.')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');

/** True if a fragment on `condition` is about values of the type. */
export const isOf = (type: string, condition: string): boolean =>
  supertypes(type).includes(condition) || typeName(type) === condition;

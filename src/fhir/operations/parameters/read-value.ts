import { printable } from '../../../r4/errors/request-errors.js';
import { ExactNumber, isObject, type Json, type JsonObject, parseJson } from '../../../r4/json/json.js';
import { isPrimitiveType, propertyType, supertypes } from '../../../r4/model/elements.js';
import { primitiveFormats } from '../../../r4/validation/primitive-formats.js';
import { illegalCharacter } from '../../../r4/xml/escape.js';
import type { AnyValue, DeclaredParameter } from './declared-parameter.js';

/** The property of a parameter that holds what it says: `valueString`, `resource` or `part`. */
export interface ValueProperty {
  readonly name: string;
  readonly value: Json;
}

/** A value that is none of its type; the message goes on after the name of the parameter. */
export class Unreadable extends Error {}

export function properties(parameter: JsonObject): readonly ValueProperty[] {
  return Object.entries(parameter).flatMap(([name, value]) =>
    (name.startsWith('value') || name === 'resource' || name === 'part') && value !== undefined
      ? [{ name, value }]
      : [],
  );
}

export const isResourceParameter = ({ type }: Pick<DeclaredParameter, 'type'>): boolean =>
  type !== undefined && supertypes(type).includes('Resource');

/** A value of Parameters, whose form R4 judges elsewhere. Throws {@link Unreadable}. */
export function readValue(parameter: DeclaredParameter, { name, value }: ValueProperty): AnyValue {
  const { type = '', token } = parameter;
  if (isResourceParameter(parameter)) return readResource(type, name, value);
  if (token && name === 'valueString' && typeof value === 'string') return codingOf(value);
  const sent = typeOfValue(name);
  if (!isOf(sent, type) && !passesFor(sent, type, value)) throw new Unreadable(`has ${printable(name)}`);
  if (isPrimitiveType(sent)) return readNumber(sent, value);
  if (!isObject(value)) throw new Unreadable(`has a ${name} that is no object`);
  return value;
}

/** The type that `valueString` and the like have; empty for what is none. */
const typeOfValue = (name: string): string =>
  (name.startsWith('value') ? propertyType('Parameters.parameter', name)?.type : undefined) ?? '';

/** A type that specialises the declared one, or a date for a dateTime. */
const isOf = (sent: string, declared: string): boolean =>
  supertypes(sent).includes(declared) || (sent === 'date' && declared === 'dateTime');

const uris: ReadonlySet<string> = new Set(['uri', 'url', 'canonical']);

/** A value of a wider type that is one of the declared type as well: R4's own definitions have `string` for a canonical, and `integer` for a count. */
function passesFor(sent: string, declared: string, value: Json): boolean {
  const isWider = supertypes(declared).includes(sent) || ((sent === 'string' || uris.has(sent)) && uris.has(declared));
  return isWider && isPrimitiveType(sent) && primitiveFormats.get(declared)?.isValid(value) === true;
}

function readResource(type: string, name: string, value: Json): AnyValue {
  if (name !== 'resource') throw new Unreadable(`has ${printable(name)}`);
  if (!isObject(value)) throw new Unreadable('has a resource that is no object');
  const sent = value['resourceType'];
  if (typeof sent !== 'string') throw new Unreadable('has a resource without resourceType');
  if (sent !== type && !supertypes(sent).includes(type)) {
    throw new Unreadable(`has a resource of the type "${printable(sent)}"`);
  }
  return value;
}

/** Whole numbers are numbers, however they were written. */
const readNumber = (type: string, value: Json): AnyValue =>
  type !== 'decimal' && value instanceof ExactNumber ? Number(value.text) : value;

/** A text of the query. Only primitive types have one (https://hl7.org/fhir/R4/operations.html#executing). Throws {@link Unreadable}. */
export function readQueryValue(parameter: DeclaredParameter, text: string): AnyValue {
  const { type = '', token } = parameter;
  if (token) return codingOf(text);
  const format = primitiveFormats.get(type);
  if (parameter.part || !format) throw new Unreadable('has no form that a query could have: POST Parameters');
  const value = jsonOf(format.json, type === 'uri' ? withoutBlanks(text) : text);
  const isWritten = value !== undefined && (typeof value !== 'string' || illegalCharacter(value) === undefined);
  if (!isWritten || !format.isValid(value))
    throw new Unreadable(`is "${printable(text)}", but has to be ${format.expected}`);
  return readNumber(type, value);
}

/** Most clients encode the expression of an implicit value set of SNOMED CT once, so that the query is decoded to blanks in it. */
const withoutBlanks = (uri: string): string => (uri.includes('?fhir_vs=ecl/') ? uri.replaceAll(' ', '%20') : uri);

function jsonOf(json: 'string' | 'boolean' | 'number', text: string): Json | undefined {
  if (json === 'string') return text;
  if (json === 'boolean') return text === 'true' ? true : text === 'false' ? false : undefined;
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text) && text.length < 100 ? parseJson(text) : undefined;
}

/** A Coding from `system|code` or a code alone, in the form of a search token (https://hl7.org/fhir/R4/search.html#token). */
function codingOf(text: string): JsonObject {
  const illegal = illegalCharacter(text);
  const [system, ...code] = text.split('|');
  if (text === '' || illegal !== undefined || code.length > 1) {
    throw new Unreadable(`is "${printable(text)}", but has to be a code or system|code`);
  }
  if (code.length === 0) return { code: system };
  return { ...(system !== '' && { system }), ...(code[0] !== '' && { code: code[0] }) };
}

import { readDefinitions } from '../../model/definitions.js';
import type { SearchParameter } from '../parameters/search-parameter.js';
import { unitSeparator } from './index-values.js';

/** Parameters of R4 whose values are identifiers. */
const identifiers: ReadonlySet<string> = new Set([
  'identifier',
  'accession',
  'container-id',
  'container-identifier',
  'group-identifier',
  'related-id',
  'response-id',
]);

/** Codes that R4 has for references: some types have codes of a vocabulary under a few of them, which are taken for ids where they look like one. */
let references: ReadonlySet<string> | undefined;
const isOfReferences = (parameter: string): boolean =>
  (references ??= new Set(
    (readDefinitions('search-parameters.json') as readonly SearchParameter[])
      .filter(({ type }) => type === 'reference')
      .map(({ code }) => code),
  )).has(parameter);

const localTarget = /^[A-Z][A-Za-z]+[/][-A-Za-z0-9.]{1,64}$/;
const localTargetOrId = /^([A-Z][A-Za-z]+[/])?[-A-Za-z0-9.]{1,64}$/;
const anyValue = new RegExp(`^[^${unitSeparator}]`);

/** True for values of the parameter that are identifiers, also behind a modifier of references. */
export const isOfIdentifiers = (parameter: string): boolean =>
  identifiers.has(parameter) || parameter.endsWith(':identifier') || parameter.endsWith(':of-type');

/** The values of the parameter that name one thing, as a regular expression that means the same in PostgreSQL. */
export function ownValues(parameter: string): RegExp {
  if (isOfIdentifiers(parameter)) return anyValue;
  return isOfReferences(parameter) ? localTargetOrId : localTarget;
}

/**
 * True for an entry that names one thing: a reference to a resource of this server, by type and id or by the id alone, or the value of an
 * identifier, with a system or without. Its text alone decides, so that rows and searches cannot disagree, and rows depend on it: what it
 * says of an entry never changes. Hashes of such entries are of one tenant (docs/adr/0188); codes, texts and urls are common to all.
 */
export function isOwnEntry(entry: string): boolean {
  const end = entry.indexOf(unitSeparator);
  return end > 0 && ownValues(entry.slice(0, end)).test(entry.slice(end + 1));
}

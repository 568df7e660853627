import type { AskedDocument } from './openapi.js';
import { InvalidRequest } from '../r4/errors/fhir-error.js';
import { printable } from '../r4/errors/request-errors.js';
import { isResourceType, suggestType } from '../r4/model/resource-types.js';

/** More than these is nearly the whole document, which is kept ready. */
const mostTypes = 20;

/** Reads `type=Patient,Observation&schemas=plain`. Throws 400. */
export function readAskedDocument(query: URLSearchParams): AskedDocument {
  const [type, schemas] = [query.get('type'), query.get('schemas')];
  if (schemas !== null && schemas !== 'plain' && schemas !== 'full')
    throw invalid('schemas is plain (resources without their elements) or full.');
  return { ...(type !== null && { types: readTypes(type) }), isPlain: schemas === 'plain' };
}

/** Reads `Patient,Observation`; so many types at most. Throws 400 for what is no list of types. */
export function readTypes(text: string, most = mostTypes): readonly string[] {
  const types = [...new Set(text.split(','))].toSorted();
  const unknown = types.find((type) => !isResourceType(type));
  if (unknown !== undefined) throw invalid(unknownType(unknown));
  if (types.length <= most) return types;
  throw invalid(`type names ${types.length} types, and ${most} are the most. Leave it out for all of them.`);
}

function unknownType(name: string): string {
  const meant = suggestType(name);
  const cure =
    meant === undefined ? 'Write types with commas between: type=Patient,Observation' : `Did you mean ${meant}?`;
  return `"${printable(name)}" is no resource type. ${cure}`;
}

const invalid = (diagnostics: string): InvalidRequest => new InvalidRequest({ code: 'value', diagnostics });

import { InvalidRequest } from '../model/fhir-error.js';
import { type Interaction, parseInteraction } from '../model/interaction.js';
import { isObject, type Json, type JsonObject } from '../model/json.js';
import { MethodNotAllowed, NotOffered, printable, UnknownAddress, UnknownType } from '../model/request-errors.js';
import { isResourceType, suggestType } from '../model/resource-types.js';
import { asResource } from './parse-resource.js';
import { requirePlainQuery } from './plain-query.js';

/** One entry of a batch or transaction, read like the HTTP request it stands for (https://hl7.org/fhir/R4/http.html#transaction). */
export interface BundleEntry {
  readonly index: number;
  readonly interaction: Interaction & { readonly type: string };
  readonly fullUrl?: string;
  readonly resource?: JsonObject;
  readonly ifMatch?: string;
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** The entries as they stand; each is read on its own by {@link readEntry}. */
export function entriesOf(bundle: JsonObject): readonly Json[] {
  const entries = bundle['entry'];
  if (entries === undefined) return [];
  if (!Array.isArray(entries)) {
    throw new InvalidRequest({
      code: 'structure',
      diagnostics: 'Bundle.entry must be an array.',
      expression: ['Bundle.entry'],
    });
  }
  return entries as readonly Json[];
}

/**
 * Throws a FhirError that says what is wrong with the entry; the caller adds its place. `decide` refuses what the caller
 * of the server may not do, before anything but the request line is looked at.
 */
export function readEntry(entry: Json, index: number, decide: (interaction: Interaction) => void): BundleEntry {
  if (!isObject(entry)) throw invalid('An entry must be an object.');
  const request = entry['request'];
  if (!isObject(request)) throw invalid('The entry has no request (method and url).');
  const interaction = readRequestLine(request['method'], request['url']);
  decide(interaction);
  requirePlainQuery(interaction);
  for (const condition of ['ifNoneExist', 'ifNoneMatch', 'ifModifiedSince']) {
    if (request[condition] !== undefined) throw new NotOffered(`request.${condition} is not offered by this server.`);
  }
  const fullUrl = entry['fullUrl'];
  const ifMatch = readIfMatch(request['ifMatch'], interaction);
  return {
    index,
    interaction,
    ...(typeof fullUrl === 'string' && { fullUrl }),
    ...(ifMatch !== undefined && { ifMatch }),
    ...resourceOf(entry['resource'], interaction),
  };
}

function readRequestLine(method: Json | undefined, url: Json | undefined): BundleEntry['interaction'] {
  if (typeof method !== 'string' || !methods.includes(method)) {
    throw invalid(`request.method must be one of ${methods.join(', ')}, in capitals.`);
  }
  if (typeof url !== 'string') throw invalid('request.url must be a string such as "Patient/p1".');
  if (/^[a-z][a-z0-9+.-]*:|^\/\//i.test(url)) {
    throw invalid(
      `request.url "${printable(url)}" is absolute; it must be relative to the FHIR base, such as "Patient/p1".`,
    );
  }
  const [path = '', ...search] = url.replace(/^\//, '').split('?');
  return offered(method, path, parseInteraction(method, path, new URLSearchParams(search.join('?'))));
}

function readIfMatch(value: Json | undefined, { kind }: Interaction): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw invalid('request.ifMatch must be a string such as W/"1".');
  if (kind !== 'update' && kind !== 'delete') throw invalid('request.ifMatch belongs to PUT and DELETE only.');
  return value;
}

function offered(method: string, path: string, found: ReturnType<typeof parseInteraction>): BundleEntry['interaction'] {
  if (found.kind === 'bundle') throw invalid('A bundle cannot be nested in a bundle.');
  if (found.type !== undefined && !isResourceType(found.type))
    throw new UnknownType(found.type, suggestType(found.type));
  if (found.kind === 'none') {
    if (found.allow.length > 0) throw new MethodNotAllowed(method, printable(path), found.allow);
    throw new UnknownAddress(`"${printable(path)}" is not an address of R4.`);
  }
  if (found.type === undefined || found.kind === 'operation') {
    throw new NotOffered(`"${method} ${printable(path)}" is not offered inside a bundle.`);
  }
  return { ...found, type: found.type };
}

function resourceOf(resource: Json | undefined, { kind, type }: BundleEntry['interaction']): { resource?: JsonObject } {
  if (kind === 'create' || kind === 'update') return { resource: asResource(resource, type) };
  if (resource !== undefined && kind !== 'patch') throw invalid('Only POST, PUT and PATCH entries carry a resource.');
  return {};
}

const invalid = (fact: string): InvalidRequest => new InvalidRequest({ code: 'invalid', diagnostics: fact });

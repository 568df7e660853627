import type { RequestContext } from '../../../scope/request-context.js';
import { decide } from '../../../scope/request-decision.js';
import type { Condition } from '../../../r4/search/query/condition.js';
import { isInstant } from '../../../r4/search/values/date-interval.js';
import { InvalidRequest } from '../../../r4/errors/fhir-error.js';
import { type Interaction, type InteractionKind, parseInteraction } from '../../../r4/rest/interaction.js';
import { isObject, type Json, type JsonObject } from '../../../r4/json/json.js';
import {
  MethodNotAllowed,
  NotOffered,
  printable,
  UnknownAddress,
  UnknownType,
} from '../../../r4/errors/request-errors.js';
import { isResourceType, suggestType } from '../../../r4/model/resource-types.js';
import { type Subset, subsetOf } from '../../../r4/model/subset.js';
import { type ConditionReader, readIfNoneExist } from '../conditional/condition-reader.js';
import { asResource } from '../parse-resource.js';
import { requirePlainQuery } from '../plain-query.js';
import { patchResource } from '../read-patch.js';
import type { EntryOperation, EntryOperations } from './entry-operations.js';

/** One entry of a batch or transaction, read like the HTTP request it stands for (https://hl7.org/fhir/R4/http.html#transaction). */
export interface BundleEntry {
  readonly index: number;
  /** The type is empty at system level. */
  readonly interaction: Interaction & { readonly type: string };
  readonly fullUrl?: string;
  /** Content that a POST or PUT stores; of a PATCH, the Parameters or Binary with the patch. */
  readonly resource?: JsonObject;
  /** Criteria of a conditional create, update, patch or delete. */
  readonly condition?: Condition;
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
  /** UTC, with milliseconds. */
  readonly modifiedSince?: string;
  /** HEAD: the answer without a resource. */
  readonly isHead: boolean;
  /** The operation that it calls. */
  readonly operation?: EntryOperation;
  /** Elements that a read asks for, unless it is all of the resource. */
  readonly subset?: Subset;
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Context for the reading of the requests of a caller. */
export interface EntryRules {
  readonly context: RequestContext;
  readonly conditions: ConditionReader;
  readonly operations: EntryOperations;
}

/**
 * Throws a FhirError that says what is wrong with the entry; the caller adds its place. What the caller of the server may
 * not do is refused before anything but the request line and its condition is looked at.
 */
export function readEntry(entry: Json, index: number, rules: EntryRules): BundleEntry {
  const { line, request, resource } = readEntryLine(entry);
  const declared = line.kind === 'operation' ? rules.operations.declared(line) : undefined;
  rules.context.rules.witnessed(decide(rules.context, { interaction: line, declared })).require();
  requirePlainQuery(line);
  const fullUrl = (entry as JsonObject)['fullUrl'];
  const interaction = { ...line, type: line.type ?? '' };
  const condition = conditionOf(interaction, rules);
  const subset = readSubset(interaction);
  return {
    index,
    interaction,
    ...(typeof fullUrl === 'string' && { fullUrl }),
    isHead: request['method'] === 'HEAD',
    ...readConditions(request, interaction),
    ...(subset && { subset }),
    ...(condition && { condition }),
    ...contentOf({ line, request, resource }, rules),
  };
}

/** The request that an entry stands for, with its condition. */
export function readEntryLine(entry: Json): EntryLine {
  if (!isObject(entry)) throw invalid('An entry must be an object.');
  const request = entry['request'];
  if (!isObject(request)) throw invalid('The entry has no request (method and url).');
  const line = withCondition(readRequestLine(request['method'], request['url']), request['ifNoneExist']);
  return { line, request, resource: entry['resource'] };
}

export interface EntryLine {
  readonly line: Interaction;
  readonly request: JsonObject;
  readonly resource: Json | undefined;
}

function readRequestLine(method: Json | undefined, url: Json | undefined): Interaction {
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

/** `ifNoneExist` is what the header If-None-Exist is to a create. */
function withCondition(line: Interaction, ifNoneExist: Json | undefined): Interaction {
  if (ifNoneExist === undefined) return line;
  if (typeof ifNoneExist !== 'string') throw invalid('request.ifNoneExist must be a string.');
  if (line.kind !== 'create') throw invalid(`request.ifNoneExist belongs to create only; this is a ${line.kind}.`);
  return { ...line, condition: readIfNoneExist(ifNoneExist, line.type) };
}

function conditionOf({ kind, type, id, query, condition }: BundleEntry['interaction'], rules: EntryRules) {
  const { context, conditions } = rules;
  if (condition) return conditions.read(context, type, condition);
  return id === undefined && matching.includes(kind) ? conditions.ofRequestLine(context, type, query) : undefined;
}

const readSubset = ({ kind, type, query }: Interaction): Subset | undefined =>
  kind === 'read' || kind === 'vread' ? subsetOf(query, type) : undefined;

type Preconditions = Pick<BundleEntry, 'ifMatch' | 'ifNoneMatch' | 'modifiedSince'>;

/** The conditions as the headers of the same name have them, but for `ifModifiedSince`, which is an instant. */
function readConditions(request: JsonObject, { kind }: Interaction): Preconditions {
  const ifMatch = readCondition(request, 'ifMatch', kind, matching);
  const ifNoneMatch = readCondition(request, 'ifNoneMatch', kind, [...reading, 'update']);
  const since = readCondition(request, 'ifModifiedSince', kind, reading);
  if (since !== undefined && !isInstant(since)) {
    throw invalid('request.ifModifiedSince must be an instant such as "2024-05-01T10:00:00Z".');
  }
  return {
    ...(ifMatch !== undefined && { ifMatch }),
    ...(ifNoneMatch !== undefined && { ifNoneMatch }),
    ...(since !== undefined && { modifiedSince: new Date(since).toISOString() }),
  };
}

const reading: readonly InteractionKind[] = ['read', 'vread'];
const ofSystem: readonly InteractionKind[] = ['history-system', 'search-system', 'operation'];
const matching: readonly InteractionKind[] = ['update', 'patch', 'delete'];

/** Characters of a condition, as many as the headers of a request may have together (Node.js: 16 KiB). */
const longestCondition = 16_384;

function readCondition(
  request: JsonObject,
  name: string,
  kind: InteractionKind,
  kinds: readonly InteractionKind[],
): string | undefined {
  const value = request[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw invalid(`request.${name} must be a string.`);
  if (value.length > longestCondition)
    throw invalid(
      `request.${name} has ${value.length} characters; the header that it stands for has ${longestCondition} at most.`,
    );
  if (!kinds.includes(kind)) throw invalid(`request.${name} belongs to ${kinds.join(', ')} only; this is a ${kind}.`);
  return value;
}

function offered(method: string, path: string, found: ReturnType<typeof parseInteraction>): Interaction {
  if (found.kind === 'bundle') throw invalid('A bundle cannot be nested in a bundle.');
  if (found.type !== undefined && !isResourceType(found.type))
    throw new UnknownType(found.type, suggestType(found.type));
  if (found.kind === 'none') {
    if (found.allow.length > 0) throw new MethodNotAllowed(method, printable(path), found.allow);
    throw new UnknownAddress(`"${printable(path)}" is not an address of R4.`);
  }
  if (found.type === undefined && !ofSystem.includes(found.kind)) {
    throw new NotOffered(notInside(`${method} ${printable(path)}`));
  }
  return found;
}

function contentOf(
  { line, request, resource }: EntryLine,
  { operations }: EntryRules,
): Pick<BundleEntry, 'resource' | 'operation'> {
  if (line.kind !== 'operation') return resourceOf(resource, { ...line, type: line.type ?? '' });
  return { operation: operations.entry(line, request['method'] as string, resource) };
}

function resourceOf(
  resource: Json | undefined,
  { kind, type }: BundleEntry['interaction'],
): { readonly resource?: JsonObject } {
  if (kind === 'create' || kind === 'update') return { resource: asResource(resource, type) };
  if (kind === 'patch') return { resource: patchResource(resource) };
  if (resource === undefined) return {};
  throw invalid(
    kind.startsWith('search-') ? formless(type) : `A ${kind} carries no resource: leave entry.resource out.`,
  );
}

/** Returns the refusal of an interaction that bundles do not offer, with where to send it. */
const notInside = (line: string): string =>
  `"${line}" is not offered inside a bundle: send it by itself. ` +
  'Entries read, search, ask for histories, create, update, patch and delete resources, and call operations.';

/** https://hl7.org/fhir/R4/http.html#search by POST has a form, and an entry has a resource. */
const formless = (type: string): string =>
  'A search in a bundle has its criteria in request.url, as an entry has no place for a form: ' +
  `{"method": "GET", "url": "${type}?parameter=value"}, without entry.resource.`;

const invalid = (fact: string): InvalidRequest => new InvalidRequest({ code: 'invalid', diagnostics: fact });

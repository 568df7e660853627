/** https://hl7.org/fhir/R4/http.html: what a request line asks for, before any look at the body. */
export type InteractionKind =
  | 'read'
  | 'vread'
  | 'update'
  | 'patch'
  | 'delete'
  | 'create'
  | 'history-instance'
  | 'history-type'
  | 'history-system'
  | 'search-type'
  | 'search-system'
  | 'search-compartment'
  | 'bundle'
  | 'capabilities'
  | 'operation';

/** The interaction of a request line (https://hl7.org/fhir/R4/http.html). */
export interface Interaction {
  readonly kind: InteractionKind;
  readonly type?: string;
  readonly id?: string;
  readonly versionId?: string;
  /** Type that a search in the compartment of `type` and `id` searches, or `*`. */
  readonly member?: string;
  /** Operation name without `$`. */
  readonly operation?: string;
  /** The query of the URL, in order, repeated names kept. */
  readonly query: URLSearchParams;
  /** Criteria of a create that no resource may match yet (`If-None-Exist`). */
  readonly condition?: URLSearchParams;
}

/** A request line that is no R4 interaction: 404, or 405 with the methods that the address has. */
export interface NoInteraction {
  readonly kind: 'none';
  readonly allow: readonly string[];
  readonly type?: string;
}

const typeName = /^[A-Z][A-Za-z]*$/;
const idSyntax = /^[A-Za-z0-9\-.]{1,64}$/;

// URL libraries swallow the path segments `.` and `..`, so they cannot name anything.
export const isId = (text: string): boolean => idSyntax.test(text) && text !== '.' && text !== '..';

/**
 * Reads a request line below the FHIR base. `path` starts after the base, without a leading slash (`Patient/p1`).
 * Bundle entries and HTTP requests are read by this one function, so that both are authorized alike.
 */
export function parseInteraction(method: string, path: string, query: URLSearchParams): Interaction | NoInteraction {
  const segments = segmentsOf(path);
  const address = addressOf(segments);
  if (!address) return { kind: 'none', allow: [] };
  const kind = address.kinds.get(method === 'HEAD' ? 'GET' : method);
  if (kind !== undefined) return { kind, query, ...address.names };
  return { kind: 'none', allow: allowedMethods(address.kinds), ...(typeOf(segments) && { type: segments[0]! }) };
}

/** Interaction of each method. */
type Kinds = ReadonlyMap<string, InteractionKind>;

/** An address of R4: what it names, and what can be done there. */
interface Address {
  readonly names: Omit<Interaction, 'kind' | 'query'>;
  readonly kinds: Kinds;
}

const kinds = (byMethod: Readonly<Record<string, InteractionKind>>): Kinds => new Map(Object.entries(byMethod));

const ofBase = kinds({ GET: 'search-system', POST: 'bundle' });
const ofType = kinds({ GET: 'search-type', POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' });
const ofInstance = kinds({ GET: 'read', PUT: 'update', PATCH: 'patch', DELETE: 'delete' });
const ofOperation = kinds({ GET: 'operation', POST: 'operation' });
/** The address of a call that is answered later, which DELETE cancels (https://hl7.org/fhir/R4/async.html). */
const ofJobStatus = kinds({ GET: 'operation', POST: 'operation', DELETE: 'operation' });
const getting = (kind: InteractionKind): Kinds => kinds({ GET: kind });
const posting = (kind: InteractionKind): Kinds => kinds({ POST: kind });

const ofSystem: ReadonlyMap<string, Kinds> = new Map([
  ['metadata', getting('capabilities')],
  ['_history', getting('history-system')],
  ['_search', posting('search-system')],
]);
const searchOfType = posting('search-type');
const historyOfType = getting('history-type');
const historyOfInstance = getting('history-instance');
const versionOfInstance = getting('vread');
const compartment = getting('search-compartment');
const searchOfCompartment = posting('search-compartment');

/** Undefined where R4 has no such address. */
function addressOf(segments: readonly string[]): Address | undefined {
  if (segments.at(-1)?.startsWith('$')) return operationAddress(segments);
  const [type] = segments;
  if (type === undefined) return { names: {}, kinds: ofBase };
  if (!typeName.test(type)) return systemAddress(segments);
  switch (segments.length) {
    case 1:
      return { names: { type }, kinds: ofType };
    case 2:
      return secondLevelAddress(type, segments[1]!);
    case 3:
      return thirdLevelAddress(type, segments[1]!, segments[2]!);
    case 4:
      return fourthLevelAddress(segments as [string, string, string, string]);
    default:
      return undefined;
  }
}

function systemAddress(segments: readonly string[]): Address | undefined {
  const found = segments.length === 1 ? ofSystem.get(segments[0]!) : undefined;
  return found && { names: {}, kinds: found };
}

function operationAddress(segments: readonly string[]): Address | undefined {
  const operation = segments.at(-1)!.slice(1);
  const [type, id] = segments.slice(0, -1);
  if (segments.length > 3 || (type !== undefined && !typeName.test(type)) || (id !== undefined && !isId(id)))
    return undefined;
  const names = { operation, ...(type !== undefined && { type }), ...(id !== undefined && { id }) };
  return { names, kinds: operation === 'job-status' && type === undefined ? ofJobStatus : ofOperation };
}

function secondLevelAddress(type: string, second: string): Address | undefined {
  if (second === '_search') return { names: { type }, kinds: searchOfType };
  if (second === '_history') return { names: { type }, kinds: historyOfType };
  return isId(second) ? { names: { type, id: second }, kinds: ofInstance } : undefined;
}

function thirdLevelAddress(type: string, id: string, third: string): Address | undefined {
  if (!isId(id)) return undefined;
  if (third === '_history') return { names: { type, id }, kinds: historyOfInstance };
  return third === '*' || typeName.test(third) ? { names: { type, id, member: third }, kinds: compartment } : undefined;
}

function fourthLevelAddress([type, id, third, fourth]: [string, string, string, string]): Address | undefined {
  if (!isId(id)) return undefined;
  if (third === '_history' && isId(fourth)) {
    return { names: { type, id, versionId: fourth }, kinds: versionOfInstance };
  }
  const isMember = third === '*' || typeName.test(third);
  return isMember && fourth === '_search'
    ? { names: { type, id, member: third }, kinds: searchOfCompartment }
    : undefined;
}

const typeOf = (segments: readonly string[]): boolean => segments[0] !== undefined && typeName.test(segments[0]);

function allowedMethods(found: Kinds): readonly string[] {
  const methods = [...found.keys()];
  return methods.includes('GET') ? ['GET', 'HEAD', ...methods.filter((method) => method !== 'GET')] : methods;
}

function segmentsOf(path: string): readonly string[] {
  if (path === '') return [];
  const segments = path.split('/');
  return path.includes('%') ? segments.map(decode) : segments;
}

/** Decodes a path segment once; what does not decode, or decodes to a slash, matches no address. */
function decode(segment: string): string {
  try {
    const decoded = decodeURIComponent(segment);
    return decoded.includes('/') ? '' : decoded;
  } catch {
    return '';
  }
}

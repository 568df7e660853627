// What https://hl7.org/fhir/R4/http.html, docs/rest-api.md and docs/adr say of writes, with maps and lists, and nothing of `src`
import { type Content, identifiersOf, isSame } from './content.js';
import { type Patch, patched } from './naive-patch.js';

/** A request that writes, in whatever way it is sent. */
export interface WriteRequest {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly type: string;
  readonly id?: string;
  /** Value of the identifier by which the request finds its target; of a POST, If-None-Exist. */
  readonly criterion?: string;
  readonly content?: Content;
  /** Id in the body, where there is no id in the address. */
  readonly bodyId?: string;
  readonly patch?: Patch;
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
}

export interface Version {
  readonly versionId: number;
  /** Undefined: a deletion. */
  readonly content?: Content;
  /** As the history tells it. */
  readonly method: string;
  readonly created: boolean;
}

/** What a request leads to. */
export interface Decision {
  readonly status: number;
  /** `Type/id` of what is meant; undefined where the server chooses an id, or nothing is meant. */
  readonly key?: string;
  /** The version that the answer names. */
  readonly versionId?: number;
  /** Undefined: nothing is stored. */
  readonly next?: Version;
}

const refused = (status: number, key?: string): Decision => ({ status, ...(key !== undefined && { key }) });

export class NaiveServer {
  readonly versions = new Map<string, readonly Version[]>();

  current(key: string): Version | undefined {
    return this.versions.get(key)?.at(-1);
  }

  /** Addresses of a type, with those that are deleted. */
  known(type: string): readonly string[] {
    return [...this.versions.keys()].filter((key) => key.startsWith(`${type}/`));
  }

  live(type: string): readonly string[] {
    return this.known(type).filter((key) => this.current(key)?.content);
  }

  /** Addresses of live resources with the identifier. */
  matches(type: string, criterion: string): readonly string[] {
    return this.live(type).filter((key) => identifiersOf(this.current(key)!.content!).includes(criterion));
  }

  apply({ next }: Decision, key: string): void {
    if (next) this.versions.set(key, [...(this.versions.get(key) ?? []), next]);
  }

  decide(request: WriteRequest): Decision {
    const { method, type, id, criterion } = request;
    if (id !== undefined) return this.decideOn(request, `${type}/${id}`);
    if (criterion === undefined) return created(request);
    const [match, ...more] = this.matches(type, criterion);
    if (more.length > 0) return refused(412);
    if (method === 'POST') return match === undefined ? created(request) : this.found(match);
    if (method === 'PUT') return this.decidePut(request, match);
    if (match !== undefined) return this.decideOn(request, match);
    return method === 'DELETE' ? { status: 204 } : refused(404);
  }

  private found(key: string): Decision {
    return { status: 200, key, versionId: this.current(key)!.versionId };
  }

  private decidePut(request: WriteRequest, match: string | undefined): Decision {
    const { type, bodyId, ifMatch } = request;
    const named = bodyId === undefined ? undefined : `${type}/${bodyId}`;
    if (match !== undefined && named !== undefined && named !== match) return refused(400, match);
    const key = match ?? named;
    if (match === undefined && named !== undefined) return this.decideNew(request, named);
    if (key !== undefined) return this.decideOn(request, key);
    return ifMatch === undefined ? created(request) : refused(412);
  }

  /** Nothing matches: what has the id of the body is another resource. */
  private decideNew(request: WriteRequest, key: string): Decision {
    const decision = this.decideOn(request, key);
    return decision.status < 400 && this.current(key)?.content ? refused(409, key) : decision;
  }

  private decideOn(request: WriteRequest, key: string): Decision {
    const { method } = request;
    const current = this.current(key);
    if (method === 'PATCH' && !current?.content) return refused(current ? 410 : 404, key);
    if (isConflict(request, current)) return refused(412, key);
    if (method === 'DELETE') return current ? buried(key, current) : { status: 204, key };
    const content = method === 'PUT' ? laidOver(request.content!, current) : patched(request.patch!, current!.content!);
    return content ? stored(key, current, { content, method }) : refused(422, key);
  }
}

/** The server chooses an id; an update that creates so is a POST in the history. */
const created = ({ content }: WriteRequest): Decision => ({
  status: 201,
  versionId: 1,
  next: { versionId: 1, content: content!, method: 'POST', created: true },
});

function isConflict({ ifMatch, ifNoneMatch }: WriteRequest, current: Version | undefined): boolean {
  const versionId = String(current?.versionId);
  if (ifMatch !== undefined && !isMatch(ifMatch, current)) return true;
  if (ifNoneMatch === undefined || !current?.content) return false;
  return ifNoneMatch === '*' || versionOf(ifNoneMatch) === versionId;
}

const isMatch = (ifMatch: string, current: Version | undefined): boolean =>
  ifMatch === '*'
    ? current?.content !== undefined
    : ifMatch.split(', ').map(versionOf).includes(String(current?.versionId));

const versionOf = (tag: string): string => /^(?:W\/)?"(.*)"$/.exec(tag)?.[1] ?? tag;

function buried(key: string, { versionId, content }: Version): Decision {
  if (!content) return { status: 204, key, versionId };
  const next = { versionId: versionId + 1, method: 'DELETE', created: false };
  return { status: 204, key, versionId: next.versionId, next };
}

type Sent = Required<Pick<Version, 'method' | 'content'>>;

/** An update that changes nothing makes no version. */
function stored(key: string, current: Version | undefined, sent: Sent): Decision {
  if (current?.content && isSame(current.content, sent.content)) {
    return { status: 200, key, versionId: current.versionId };
  }
  const next = { ...sent, versionId: (current?.versionId ?? 0) + 1, created: !current?.content };
  return { status: next.created ? 201 : 200, key, versionId: next.versionId, next };
}

/** Tags survive an update that omits them, in their order; new ones come after. */
function laidOver(sent: Content, before: Version | undefined): Content {
  const kept = before?.content?.tags ?? [];
  return { ...sent, tags: [...kept, ...sent.tags.filter((tag) => !kept.includes(tag))] };
}

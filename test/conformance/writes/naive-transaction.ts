import type { ChosenRequest } from './chosen-request.js';
import { identifiersOf } from './content.js';
import type { Decision, NaiveServer } from './naive-server.js';
import { conditionalReference } from './written-request.js';

/** What a transaction leads to: entries with references that are resolved, or a refusal by one of the problems. */
export interface Outcome {
  readonly requests: readonly ChosenRequest[];
  readonly decisions: readonly Decision[];
  /** Statuses, any of which may be answered. */
  readonly problems: readonly number[];
}

/** `addresses`: what entries are stored as by their `fullUrl`, where the server has chosen that. */
export function outcomeOf(
  model: NaiveServer,
  sent: readonly ChosenRequest[],
  addresses: ReadonlyMap<string, string>,
): Outcome {
  const links = new Links(model, sent, addresses);
  const requests = sent.map((request) => links.resolved(request));
  const decisions = requests.map((request) => model.decide(request));
  const refusals = decisions.map(({ status }) => status).filter((status) => status >= 400);
  const problems = [...links.problems, ...refusals, ...(isTwice(sent, decisions) ? [400] : [])];
  return { requests, decisions, problems };
}

/** Replaces references to entries, and conditional ones by what is stored once it is done. */
class Links {
  readonly problems: number[] = [];

  constructor(
    private readonly model: NaiveServer,
    private readonly sent: readonly ChosenRequest[],
    private readonly addresses: ReadonlyMap<string, string>,
  ) {}

  resolved(request: ChosenRequest): ChosenRequest {
    const { content, method } = request;
    if (!content) return request;
    // What a condition has found is not stored again; what it refers to by conditions has to be there all the same.
    const isFound = method === 'POST' && this.model.decide(request).key !== undefined;
    const elements = content.elements.map(([name, text]) => [name, this.replaced(text, isFound)] as const);
    return { ...request, content: { ...content, elements } };
  }

  private replaced(text: string, isFound: boolean): string {
    return text.replaceAll(/"(urn:uuid:[^"]+|Patient\?[^"]+)"/g, (whole, link: string) => {
      const [to, ...more] = link.startsWith('urn:') ? this.ofEntry(link) : this.matching(link);
      if (to !== undefined && more.length === 0) return `"${to}"`;
      if (!link.startsWith('urn:')) this.problems.push(412);
      else if (!isFound) this.problems.push(400);
      return whole;
    });
  }

  private ofEntry(fullUrl: string): readonly string[] {
    const entry = this.sent.find((one) => one.fullUrl === fullUrl && one.method !== 'DELETE');
    return entry ? [this.addresses.get(fullUrl) ?? this.model.decide(entry).key ?? fullUrl] : [];
  }

  private matching(link: string): readonly string[] {
    const criterion = link.slice(conditionalReference('Patient', '').length);
    const before = this.model.matches('Patient', criterion);
    return before.length > 1 ? before : this.after(before, criterion);
  }

  /** What has the identifier once the entries are carried out. */
  private after(before: readonly string[], criterion: string): readonly string[] {
    const keys = new Set(before);
    for (const entry of this.sent) {
      if (entry.type !== 'Patient' || !this.changes(entry)) continue;
      const hasIt = entry.content !== undefined && identifiersOf(entry.content).includes(criterion);
      if (hasIt) keys.add(this.addressOf(entry));
      else keys.delete(this.addressOf(entry));
    }
    return [...keys];
  }

  /** A patch leaves identifiers as they are, and a create may have found what is there. */
  private changes(entry: ChosenRequest): boolean {
    const { method } = entry;
    return method === 'PUT' || method === 'DELETE' || (method === 'POST' && this.model.decide(entry).key === undefined);
  }

  private addressOf(entry: ChosenRequest): string {
    const { fullUrl = '' } = entry;
    return this.model.decide(entry).key ?? this.addresses.get(fullUrl) ?? fullUrl;
  }
}

/** True if two entries have one condition, change one resource, or one deletes what another has found. */
function isTwice(sent: readonly ChosenRequest[], decisions: readonly Decision[]): boolean {
  const conditions = sent.flatMap(({ type, criterion }) => (criterion === undefined ? [] : [`${type}?${criterion}`]));
  const keysOf = (isMeant: (request: ChosenRequest) => boolean): readonly string[] =>
    decisions.flatMap(({ key }, at) => (key !== undefined && isMeant(sent[at]!) ? [key] : []));
  const found = keysOf(({ method }) => method === 'POST');
  const changed = keysOf(({ method }) => method !== 'POST');
  const deleted = keysOf(({ method }) => method === 'DELETE');
  return hasTwice(conditions) || hasTwice(changed) || found.some((key) => deleted.includes(key));
}

const hasTwice = (list: readonly string[]): boolean => new Set(list).size < list.length;

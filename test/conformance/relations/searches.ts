import type { Answer, TestServer } from '../../support/server.js';

/** Addresses (`Patient/p1`) in the order of an answer. */
export type Found = readonly string[];

/** The search was not run, so nothing can be said about what it finds. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly query: string,
    text: string,
  ) {
    super(`${status} ${query}: ${/"diagnostics":"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? text.slice(0, 300)}`);
  }
}

interface Entry {
  readonly resource: { readonly resourceType: string; readonly id: string };
  readonly search: { readonly mode: string };
}

export const entriesOf = ({ body }: Answer, mode: 'match' | 'include'): Found =>
  ((body.entry ?? []) as readonly Entry[])
    .filter(({ search }) => search.mode === mode)
    .map(({ resource: { resourceType, id } }) => `${resourceType}/${id}`);

const matchesOf = (pages: readonly Answer[]): Found => pages.flatMap((page) => entriesOf(page, 'match'));

export const joined = (query: string, ...parts: readonly string[]): string =>
  parts.reduce((text, part) => `${text}${text.includes('?') ? '&' : '?'}${part}`, query);

/** A search that cannot run, that this caller may not ask, or in a compartment that the type never is in. */
const refuses = ({ status, text }: Answer): boolean =>
  status === 400 || status === 403 || (status === 404 && text.includes('is never in the compartment'));

const form = { 'content-type': 'application/x-www-form-urlencoded' };

/** Asks as one caller, follows all pages, and remembers what was found. */
export class Searches {
  private readonly known = new Map<string, Promise<Found>>();

  constructor(
    private readonly server: TestServer,
    private readonly token: string,
  ) {}

  get base(): string {
    return this.server.base;
  }

  private as(token: string): Searches {
    return new Searches(this.server, token);
  }

  patient(id: string): Searches {
    const claims = { sub: `patient-${id}`, patient: id, fhirUser: `Patient/${id}` };
    return this.as(this.server.token('patient/*.rs', claims));
  }

  service(scope: string): Searches {
    return this.as(this.server.token(scope, { sub: 'other', client_id: 'other' }));
  }

  async answer(query: string, method: 'GET' | 'POST' = 'GET'): Promise<Answer> {
    const [path = '', parameters = ''] = query.split(/\?(.*)/s);
    const answer =
      method === 'GET'
        ? await this.server.call('GET', query, { token: this.token })
        : await this.server.call('POST', `${path}/_search`, { token: this.token, body: parameters, headers: form });
    if (refuses(answer)) throw new Refused(answer.status, query, answer.text);
    if (answer.status !== 200) throw new Error(`${answer.status} ${query}: ${answer.text.slice(0, 500)}`);
    return answer;
  }

  /** All matches, in their order. */
  all(query: string): Promise<Found> {
    let found = this.known.get(query);
    if (!found) this.known.set(query, (found = this.allPages(joined(query, '_count=1000', '_elements=id'))));
    return found;
  }

  async set(query: string): Promise<ReadonlySet<string>> {
    return new Set(await this.all(query));
  }

  /** The matches of all pages, there by the links `next`, and back by `previous`. */
  async thereAndBack(query: string): Promise<{ readonly there: Found; readonly back: Found }> {
    const there = await this.walk(await this.answer(query), 'next');
    const back = await this.walk(there.at(-1)!, 'previous');
    return { there: matchesOf(there), back: matchesOf(back.toReversed()) };
  }

  private async allPages(query: string): Promise<Found> {
    return matchesOf(await this.walk(await this.answer(query), 'next'));
  }

  private async walk(start: Answer, relation: 'next' | 'previous'): Promise<readonly Answer[]> {
    const pages = [start];
    for (let link = this.link(start, relation); link !== undefined; link = this.link(pages.at(-1)!, relation))
      pages.push(await this.answer(link));
    return pages;
  }

  private link({ body }: Answer, relation: string): string | undefined {
    const links = (body.link ?? []) as readonly { readonly relation: string; readonly url: string }[];
    return links
      .find((link) => link.relation === relation)
      ?.url.slice(this.server.base.length)
      .replace(/^\//, '');
  }
}

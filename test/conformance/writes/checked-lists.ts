import type { Answer } from '../../support/server.js';
import { agree, agreeInAnyOrder } from './agree.js';
import type { Caller } from './caller.js';
import type { CheckedVersions } from './checked-versions.js';
import { identifierSystem } from './drawn-elements.js';
import type { NaiveServer, Version } from './naive-server.js';
import { entriesOf, type Entry } from './told.js';

type Versions = ReadonlyMap<string, readonly Version[]>;

/** Compares histories and searches to the model, on all their pages. */
export class CheckedLists {
  constructor(
    private readonly caller: Caller,
    private readonly model: NaiveServer,
    private readonly stored: CheckedVersions,
  ) {}

  async checkSystem(): Promise<void> {
    await this.checkHistory(this.sinceBegin('_history'), this.model.versions, 11);
  }

  async checkType(type: string): Promise<void> {
    const keys = this.model.known(type);
    if (keys.length === 0) return;
    await this.checkHistory(this.sinceBegin(`${type}/_history`), this.versionsOf(keys), 7);
    await this.checkSearchById(type, keys);
  }

  checkInstance(key: string): Promise<void> {
    return this.checkHistory(`${key}/_history?`, this.versionsOf([key]), 3);
  }

  private versionsOf(keys: readonly string[]): Versions {
    return new Map(keys.map((key) => [key, this.model.versions.get(key)!]));
  }

  /** Other runs wrote before. */
  private sinceBegin(path: string): string {
    const since = this.stored.earliest();
    return since === undefined ? `${path}?` : `${path}?_since=${encodeURIComponent(since)}&`;
  }

  private async checkHistory(path: string, expected: Versions, count: number): Promise<void> {
    for (const sort of ['-_lastUpdated', '_lastUpdated']) {
      const query = `${path}_count=${count}&_sort=${sort}`;
      const there = await this.walk(query, 'next');
      const back = await this.walk(linkOf(there.at(-1)!, 'previous'), 'previous');
      const namesOf = (pages: readonly Answer[]) =>
        pages.map((page) => entriesOf(page).map((entry) => this.nameOf(entry)));
      agree(`pages back of ${query}`, namesOf(back.toReversed()), namesOf(there.slice(0, -1)));
      this.checkEntries(query, there, expected);
    }
  }

  private checkEntries(query: string, pages: readonly Answer[], expected: Versions): void {
    const entries = pages.flatMap(entriesOf).filter((entry) => expected.has(this.keyOf(entry)));
    const namesOf = ([key, versions]: [string, readonly Version[]]) =>
      versions.map((version) => nameOfVersion(key, version));
    agreeInAnyOrder(
      query,
      entries.map((entry) => this.nameOf(entry)),
      [...expected].flatMap(namesOf),
    );
    agreeInTime(
      query,
      entries.map(({ response }) => response.lastModified!),
    );
    const text = pages.map((page) => page.text).join('\n');
    for (const [key, versions] of expected)
      for (const version of versions) this.checkHolds(`${key} in ${query}`, text, version);
  }

  /** The texts are those of reads, to the last digit. */
  private checkHolds(what: string, text: string, version: Version): void {
    const expected = this.stored.textOf(version);
    if (expected !== undefined && !text.includes(expected)) agree(what, text, expected);
  }

  /** What an entry of a history says of its version. */
  private nameOf({ fullUrl, request, response }: Entry): string {
    const { method, url } = request;
    return `${this.caller.pathOf(fullUrl)} ${response.etag} ${method} ${url} ${response.status.slice(0, 3)}`;
  }

  private keyOf({ fullUrl }: Entry): string {
    return this.caller.pathOf(fullUrl);
  }

  private async walk(start: string | undefined, relation: 'next' | 'previous'): Promise<readonly Answer[]> {
    const pages: Answer[] = [];
    for (let path = start; path !== undefined; path = linkOf(pages.at(-1)!, relation)) {
      const page = await this.caller.get(this.caller.pathOf(path));
      agree(`GET ${path}`, page.status, 200);
      pages.push(page);
    }
    return pages;
  }

  async checkSearch(type: string, identifier: string): Promise<void> {
    const query = `${type}?identifier=${identifierSystem}|${identifier}&_count=50`;
    const pages = await this.walk(query, 'next');
    agreeInAnyOrder(
      query,
      pages.flatMap(entriesOf).map((entry) => this.keyOf(entry)),
      this.model.matches(type, identifier),
    );
  }

  private async checkSearchById(type: string, keys: readonly string[]): Promise<void> {
    const query = `${type}?_id=${keys.map((key) => key.split('/')[1]).join(',')}&_sort=_lastUpdated&_count=100`;
    const pages = await this.walk(query, 'next');
    const entries = pages.flatMap(entriesOf);
    agreeInAnyOrder(
      query,
      entries.map((entry) => this.keyOf(entry)),
      this.model.live(type),
    );
    agreeInTime(
      query,
      entries.map(({ resource }) => resource!.meta.lastUpdated),
    );
    for (const key of this.model.live(type))
      this.checkHolds(`${key} in ${query}`, pages[0]!.text, this.model.current(key)!);
  }
}

const statusOf = ({ content, created }: Version): number => (content ? (created ? 201 : 200) : 204);

function nameOfVersion(key: string, version: Version): string {
  const url = version.method === 'POST' ? key.split('/')[0] : key;
  return `${key} W/"${version.versionId}" ${version.method} ${url} ${statusOf(version)}`;
}

/** Forwards or backwards, as `query` sorts. */
function agreeInTime(query: string, times: readonly string[]): void {
  const sorted = times.toSorted();
  agree(`times of ${query}`, times, query.includes('_sort=-') ? sorted.toReversed() : sorted);
}

function linkOf({ body }: Answer, relation: string): string | undefined {
  const links = (body.link ?? []) as readonly { readonly relation: string; readonly url: string }[];
  return links.find((link) => link.relation === relation)?.url;
}

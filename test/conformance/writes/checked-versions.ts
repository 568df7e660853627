import { agree } from './agree.js';
import type { Caller } from './caller.js';
import { canonical, resourceText, tagsText } from './content.js';
import type { NaiveServer, Version } from './naive-server.js';

/** Reads what is there, and compares it to the model. */
export class CheckedVersions {
  /** Texts of versions by the first answer that had them: later ones have to be the same to the last digit. */
  private readonly texts = new Map<Version, string>();

  constructor(
    private readonly caller: Caller,
    private readonly model: NaiveServer,
  ) {}

  /** Undefined of a deletion. */
  textOf(version: Version): string | undefined {
    return this.texts.get(version);
  }

  lastUpdatedOf(version: Version): string | undefined {
    const text = this.texts.get(version);
    return text === undefined ? undefined : lastUpdatedIn(text);
  }

  /** The first time of all, as far as known. */
  earliest(): string | undefined {
    return [...this.texts.values()].map(lastUpdatedIn).toSorted()[0];
  }

  async checkCurrent(key: string): Promise<void> {
    const current = this.model.current(key);
    if (current) return this.checkAt(key, key, current);
    const { status } = await this.caller.get(key);
    agree(`GET ${key}`, status, 404);
  }

  check(key: string, version: Version): Promise<void> {
    return this.checkAt(`${key}/_history/${version.versionId}`, key, version);
  }

  private async checkAt(path: string, key: string, version: Version): Promise<void> {
    const { status, text, headers } = await this.caller.get(path);
    agree(`GET ${path}`, status, version.content ? 200 : 410);
    if (!version.content) return;
    this.checkText(key, version, text);
    agree(`ETag of ${path}`, headers['etag'], `W/"${version.versionId}"`);
    agree(`Last-Modified of ${path}`, headers['last-modified'], new Date(lastUpdatedIn(text)).toUTCString());
  }

  checkText(key: string, version: Version, text: string): void {
    const known = this.texts.get(version);
    if (known === undefined) this.checkFirst(key, version, text);
    else agree(`${key} version ${version.versionId}, again`, text, known);
    this.texts.set(version, text);
  }

  private checkFirst(key: string, version: Version, text: string): void {
    const expected = storedText(key, version, lastUpdatedIn(text));
    const written = (one: string): string => (version.content!.isXml ? canonical(one) : one);
    agree(`${key} version ${version.versionId}`, written(text), written(expected));
  }
}

const lastUpdatedIn = (text: string): string => /"lastUpdated":"([^"]*)"/.exec(text)?.[1] ?? 'no lastUpdated';

/** What a read has to answer, but for the order of elements that were sent as XML. */
export function storedText(key: string, { versionId, content }: Version, lastUpdated: string): string {
  const { tags, elements } = content!;
  const [type = '', id] = key.split('/');
  const meta = [
    `"versionId":"${versionId}"`,
    `"lastUpdated":"${lastUpdated}"`,
    ...(tags.length > 0 ? [tagsText(tags)] : []),
  ];
  return resourceText(type, id, meta.join(','), elements);
}

import { Inject, Injectable } from '@nestjs/common';
import type { RequestContext } from '../../scope/request-context.js';
import { InvalidRequest, ResourceNotFound } from '../model/fhir-error.js';
import { FHIR_OPTIONS, type FhirOptions } from '../model/fhir-options.js';
import { CursorSeal } from '../search/cursor.js';
import { openPage } from './open-page.js';
import { ResourceRepository } from '../storage/resource.repository.js';
import { type BundleLink, bundleText, historyEntry } from './bundle-text.js';

/** https://hl7.org/fhir/R4/http.html#history of one resource, newest first; each version is judged on its own. */
@Injectable()
export class HistoryInteraction {
  constructor(
    private readonly resources: ResourceRepository,
    private readonly seal: CursorSeal,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {}

  /** The history Bundle as text. */
  async run(context: RequestContext, type: string, id: string, query: URLSearchParams): Promise<string> {
    const access = context.accessTo(type, 'r');
    const count = this.count(query);
    const bound = { query: `${type}/${id}/_history?_count=${count}`, access: access.fingerprint };
    const cursor = query.get('_cursor');
    const position = cursor === null ? {} : openPage(this.seal, cursor, bound);
    const rows = await this.resources.history(access, id, {
      count: count + 1,
      ...(position.before !== undefined && { beforeVersion: Number(position.before) }),
    });
    if (rows.length === 0 && cursor === null) throw new ResourceNotFound(type, id);
    const page = rows.slice(0, count);
    const address = `${this.options.base}/${bound.query}`;
    const links: BundleLink[] = [{ relation: 'self', url: cursor === null ? address : `${address}&_cursor=${cursor}` }];
    if (rows.length > count) {
      const next = this.seal.seal({ before: String(page.at(-1)!.versionId) }, bound);
      links.push({ relation: 'next', url: `${address}&_cursor=${next}` });
    }
    return bundleText(
      'history',
      links,
      page.map((version, i) => historyEntry(this.options.base, version, rows[i + 1])),
    );
  }

  private count(query: URLSearchParams): number {
    for (const name of query.keys()) {
      if (!['_count', '_format', '_cursor'].includes(name)) {
        throw new InvalidRequest({
          code: 'not-supported',
          diagnostics: `${name.replace(/[^\x20-\x7e]/g, '?').slice(0, 80)} is not offered on a history. It takes _count.`,
        });
      }
    }
    const [text = null, ...more] = query.getAll('_count');
    if (more.length > 0) throw new InvalidRequest({ code: 'invalid', diagnostics: '_count is given more than once.' });
    if (text === null) return this.options.searchCountDefault;
    if (/^[1-9]\d{0,8}$/.test(text)) return Math.min(Number(text), this.options.searchCountMax);
    throw new InvalidRequest({ code: 'invalid', diagnostics: '_count must be a number of 1 and more.' });
  }
}

import type { RequestContext } from '../../../scope/request-context.js';
import type { PreferredReturn } from '../../../r4/rest/prefer.js';
import { masked } from '../../storage/reading/masked.js';
import { Turns } from '../../../r4/json/turns.js';
import type { ResourceRepository } from '../../storage/resource.repository.js';
import type { StoredVersion } from '../../storage/reading/stored-version.js';
import { doneEntry, matchedEntry, writtenEntry } from './entry-answer.js';
import { readable } from '../readable.js';
import { taggedAs, type WriteSummary } from '../write-summary.js';

type Shown = Pick<StoredVersion, 'body' | 'mask'>;

/** Result of an entry of a transaction; a conditional delete may have several, or none. */
export interface EntryResult {
  readonly index: number;
  readonly told: WriteSummary;
}

interface AnswerSettings {
  /** FHIR base URL. */
  readonly base: string;
  readonly prefer?: PreferredReturn | undefined;
}

/** Tells of the writes of a transaction what the caller may know of them. */
export class WrittenAnswers {
  private readonly versions = new Map<WriteSummary, StoredVersion>();

  constructor(
    private readonly context: RequestContext,
    private readonly tx: ResourceRepository,
    private readonly settings: AnswerSettings,
  ) {}

  /** Saves reading the content again; what is told of an earlier time has none. */
  keep(told: WriteSummary, version: StoredVersion): void {
    this.versions.set(told, version);
  }

  /** The entries of the response by their places. */
  async of(results: readonly EntryResult[]): Promise<ReadonlyMap<number, string>> {
    const kept = results.map(({ told }) => told).filter((told) => this.versions.has(told) && this.isLookedAt(told));
    const visible = await readable(this.context, this.tx, kept);
    const answers = new Map<number, string>();
    const turns = new Turns();
    for (const { index, told } of results) {
      await turns.next();
      const shown = this.versions.has(told) ? this.shownNow(told) : await this.shownOfEarlier(told);
      const body = visible.has(told) || !this.versions.has(told) ? shown?.body : undefined;
      // Several deletions of one entry have one answer, which names none of them.
      answers.set(index, answers.has(index) ? doneEntry : this.entry(taggedAs(told, shown), body));
    }
    return answers;
  }

  private isLookedAt({ isMatch, deleted }: WriteSummary): boolean {
    return !deleted && (isMatch === true || this.settings.prefer === 'representation');
  }

  /** Returns what a read shows of a version written now; its tag is part of answers without content too. */
  private shownNow(told: WriteSummary): Shown | undefined {
    const { type } = told;
    if (!this.context.may(type, 'r')) return undefined;
    return masked(this.context.accessTo(type, 'r'), { type, body: this.versions.get(told)!.body });
  }

  private async shownOfEarlier(told: WriteSummary): Promise<Shown | undefined> {
    const { type, id, versionId } = told;
    if (!this.isLookedAt(told) || !this.context.may(type, 'r')) return undefined;
    return this.tx.findVersion(this.context.accessTo(type, 'r'), id, String(versionId));
  }

  private entry(told: WriteSummary, body: string | undefined): string {
    const { base, prefer } = this.settings;
    if (!told.isMatch) return writtenEntry(base, told, { prefer, body });
    return matchedEntry(base, told, { isReadable: body !== undefined, ...(prefer === 'representation' && { body }) });
  }
}

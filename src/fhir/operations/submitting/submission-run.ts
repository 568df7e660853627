import { newRecord, recordOf } from '../../../audit/audit-record.js';
import type { Issue } from '../../../r4/errors/fhir-error.js';
import { SourceFailed } from '../importing/fetch-source.js';
import { type ImportMeans, ImportRun, type ImportWork, type SourceProgress } from '../importing/import-run.js';
import type { ImportFailure } from '../importing/importer.js';
import { nameOf } from '../importing/source-address.js';
import { pullManifest } from './pull-manifest.js';
import { countingManifests, type Submission, type SubmittedManifest } from './submission.js';

/** Result of one manifest. */
export interface ManifestReport {
  /** Number of its first OperationOutcome, and how many there are: one at least. */
  readonly first: number;
  readonly count: number;
}

interface Counts {
  readonly files: number;
  readonly created: number;
  readonly known: number;
  readonly failed: number;
}

/** Where a submission is. */
interface Place {
  /** Number of the manifest, and of its page. */
  readonly manifest: number;
  readonly page: number;
  /** Address of the page, where it is not the first one. */
  readonly next?: string;
  /** Hash of the page, once its files were begun. */
  readonly digest?: string;
  readonly counts: Counts;
  /** Number of the first OperationOutcome of the manifest. */
  readonly first: number;
  /** Of the manifests before. */
  readonly reports: readonly ManifestReport[];
}

/** Pages of one manifest. */
const mostPages = 100;

const none: Counts = { files: 0, created: 0, known: 0, failed: 0 };
const start: Place = { manifest: 0, page: 0, counts: none, first: 0, reports: [] };

/** Imports the files of the manifests of one submission, from where it was (ADR 98). */
export class SubmissionRun {
  private readonly run: ImportRun;
  private readonly manifests: readonly SubmittedManifest[];

  constructor(
    private readonly means: ImportMeans,
    private readonly work: ImportWork,
    private readonly submission: Submission,
  ) {
    this.run = new ImportRun(means, work);
    this.manifests = countingManifests(submission);
  }

  /** Reports of the manifests that count, in their order. */
  async reports(): Promise<readonly ManifestReport[]> {
    let place = ((await this.run.begin()) as Place | undefined) ?? start;
    while (place.manifest < this.manifests.length) place = await this.goOn(place);
    return place.reports;
  }

  /** One page on. */
  private async goOn(place: Place): Promise<Place> {
    try {
      return await this.page(place);
    } catch (error) {
      if (!(error instanceof SourceFailed)) throw error;
      return this.end(this.counted(place), error.message);
    }
  }

  private async page(before: Place): Promise<Place> {
    if (before.page === mostPages)
      throw new SourceFailed(`It has more than ${mostPages} pages. Submit it as several manifests.`, true);
    const { url, headers } = this.manifests[before.manifest]!;
    const page = await pullManifest({ url: before.next ?? url, ...(headers && { headers }) }, this.work);
    const place = await this.begun(before, page.digest, page.faults);
    await this.run.of(page.files);
    const after = this.counted(place);
    if (page.next === undefined) return this.end(after);
    const { digest: _, ...kept } = after;
    return this.turn({ ...kept, page: place.page + 1, next: page.next });
  }

  /** A page that is pulled again has to be what it was. */
  private begun(place: Place, digest: string, faults: readonly string[]): Place | Promise<Place> {
    if (place.digest === digest) return place;
    if (place.digest !== undefined)
      throw new SourceFailed('It is not what it was when its import began. Submit it anew, at another address.', true);
    const { url } = this.manifests[place.manifest]!;
    return this.turn(
      { ...place, digest },
      faults.map((fact) => outcome(url, { code: 'value', diagnostics: fact })),
    );
  }

  private counted(place: Place): Place {
    const sum = (of: (one: SourceProgress) => number): number =>
      this.run.sources.reduce((all, one) => all + of(one), 0);
    const { files, created, known, failed } = place.counts;
    const counts = {
      files: files + this.run.sources.length,
      created: created + sum((one) => one.created),
      known: known + sum((one) => one.known),
      failed: failed + sum((one) => one.failed),
    };
    return { ...place, counts };
  }

  /** `fault`: why not all of the manifest was read. */
  private async end({ manifest, counts, first, reports }: Place, fault?: string): Promise<Place> {
    const { url } = this.manifests[manifest]!;
    const told = outcome(url, fault === undefined ? imported(url, counts) : unread(url, counts, fault));
    // Nobody is told of what is not recorded.
    await this.record(this.manifests[manifest]!, counts, fault);
    const report = { first, count: this.run.failures + 1 - first };
    const next = { manifest: manifest + 1, page: 0, counts: none, first: first + report.count };
    return this.turn({ ...next, reports: [...reports, report] }, [told]);
  }

  private async turn(place: Place, outcomes: readonly ImportFailure[] = []): Promise<Place> {
    await this.run.turn(place, outcomes);
    return place;
  }

  private async record(
    { url, baseUrl, metadata = [] }: SubmittedManifest,
    counts: Counts,
    fault?: string,
  ): Promise<void> {
    const { context, job } = this.work;
    if (!context.trail) return;
    const { submitter, submissionId } = this.submission;
    const details = [
      ['job', job.id],
      ['submitter', [submitter.system ?? '', submitter.value].join('|')],
      ['submissionId', submissionId],
      ['manifest', nameOf(url)],
      ['fhirBaseUrl', baseUrl],
      ...Object.entries(counts).map(([name, count]) => [name, String(count)] as const),
      ...metadata,
    ] as const;
    const event = recordOf(context.trail, newRecord({ outcome: fault === undefined ? '0' : '4' }));
    await this.means.log.record({ ...event, object: { name: 'submitted manifest', details } });
  }
}

const outcome = (url: string, issue: Issue): ImportFailure => ({ place: nameOf(url), issues: [issue] });

const told = ({ files, created, known, failed }: Counts): string =>
  `${files} files were read: ${created + known} resources were stored, ${created} of them new, and ${failed} issues are named.`;

const imported = (url: string, counts: Counts): Issue => ({
  severity: 'information',
  code: 'informational',
  diagnostics: `The manifest ${nameOf(url)} was read to its end. ${told(counts)}`,
});

const unread = (url: string, counts: Counts, fault: string): Issue => ({
  code: 'incomplete',
  diagnostics: `The manifest ${nameOf(url)} was not read to its end. ${fault} Of the pages before, ${told(counts)}`,
});

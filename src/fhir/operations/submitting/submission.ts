import { createHash } from 'node:crypto';
import { FhirError, InvalidRequest, type Issue } from '../../../r4/errors/fhir-error.js';
import { UnknownAddress } from '../../../r4/errors/request-errors.js';
import type { HeldJob } from '../../storage/jobs/held-jobs.js';

/** A manifest as a call names it. */
export interface SubmittedManifest {
  readonly url: string;
  readonly baseUrl: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly metadata?: readonly (readonly [url: string, value: string])[];
  /** Another one takes its place, or none. */
  readonly replaced?: true;
}

/** A submission, as its job keeps it. */
export interface Submission {
  readonly status: 'in-progress' | 'completed' | 'stopped';
  readonly submitter: { readonly system?: string; readonly value: string };
  readonly submissionId: string;
  /** In the order of their calls. */
  readonly manifests: readonly SubmittedManifest[];
}

/** Identifiers of a submission, for its caller. */
export type SubmissionKey = Pick<Submission, 'submitter' | 'submissionId'>;

/** A call of `$bulk-submit`. */
export interface SubmitCall extends SubmissionKey {
  readonly status: Submission['status'];
  readonly manifest?: SubmittedManifest;
  readonly replaces?: string;
}

/** Manifests of one submission, replaced ones included. */
const mostManifests = 100;

/** 422: the submission does not take the call. */
export class SubmissionRefused extends FhirError {
  readonly status = 422;
}

/** The id of its job, in the form of a UUID: nobody but its caller asks for it. */
export function jobOf({ submitter: { system = '', value }, submissionId }: SubmissionKey, caller: string): string {
  const parts = JSON.stringify([caller, system, value, submissionId]);
  const hash = createHash('sha256').update(parts).digest('hex');
  return [0, 8, 12, 16, 20].map((start, at, all) => hash.slice(start, all[at + 1] ?? 32)).join('-');
}

export const noSubmission = (): UnknownAddress =>
  new UnknownAddress(
    'You have no such submission: none of this submitter and submissionId was begun with this client and these scopes, or it ended long ago.',
  );

/** Manifests whose files are imported. */
export const countingManifests = ({ manifests }: Submission): readonly SubmittedManifest[] =>
  manifests.filter(({ replaced }) => !replaced);

/** The submission after a call. Throws 404 and {@link SubmissionRefused}. */
export function submissionAfter(held: HeldJob | undefined, call: SubmitCall): Submission {
  const { submitter, submissionId, status, manifest } = call;
  if (!held && !manifest) throw noSubmission();
  const before = held ? (JSON.parse(held.submission) as Submission) : undefined;
  if (held && before) requireOpen(held, before);
  const manifests = manifestsAfter(before?.manifests ?? [], call);
  if (manifests.length > mostManifests)
    throw refused(
      'too-long',
      `A submission has at most ${mostManifests} manifests. Complete it, and begin another one.`,
    );
  // Nobody asks for files of a stopped one: their headers are forgotten.
  return {
    status,
    submitter,
    submissionId,
    manifests: status === 'stopped' ? manifests.map(withoutHeaders) : manifests,
  };
}

/** Without headers, which may be secrets. */
export function withoutHeaders(manifest: SubmittedManifest): SubmittedManifest {
  const { headers, ...others } = manifest;
  return headers ? others : manifest;
}

function requireOpen({ state }: HeldJob, { status }: Submission): void {
  if (status === 'in-progress' && state === 'waiting') return;
  const fact =
    status === 'in-progress'
      ? 'The submission was not completed in time, and ended.'
      : `The submission is ${status} already, and takes nothing more.`;
  throw refused(
    'business-rule',
    `${fact} $bulk-submit-status tells what became of it; begin another one with another submissionId.`,
  );
}

function manifestsAfter(before: Submission['manifests'], { manifest, replaces }: SubmitCall): Submission['manifests'] {
  const known = before.find(({ url }) => url === manifest?.url);
  // A call that is sent again, since its answer was lost.
  if (known && JSON.stringify(known) === JSON.stringify(manifest)) return before;
  if (known)
    throw refused(
      'duplicate',
      'A manifest of this manifestUrl was submitted before. Give each manifest another address.',
      'manifestUrl',
    );
  const others = replaces === undefined ? before : withReplaced(before, replaces);
  return manifest ? [...others, manifest] : others;
}

function withReplaced(before: Submission['manifests'], url: string): Submission['manifests'] {
  if (!before.some((one) => one.url === url && !one.replaced))
    throw refused(
      'not-found',
      'No manifest of this submission that counts has the address replacesManifestUrl.',
      'replacesManifestUrl',
    );
  return before.map((one) => (one.url === url ? { ...withoutHeaders(one), replaced: true } : one));
}

const refused = (code: string, diagnostics: string, name?: string): SubmissionRefused =>
  new SubmissionRefused({ code, diagnostics, ...(name !== undefined && expressionOf(name)) });

/** Place of a parameter. */
export const expressionOf = (name: string): Pick<Issue, 'expression'> => ({
  expression: [`Parameters.parameter.where(name='${name}')`],
});

/** Throws 400 for issues, if there are any. */
export function requireNone([first, ...others]: readonly Issue[]): void {
  if (first) throw new InvalidRequest(first, ...others);
}

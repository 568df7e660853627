import type { Access } from '../../../../scope/access.js';
import { isWhole, rulesOf } from '../../../../scope/grant.js';
import { TemporarilyUnavailable } from '../../../../r4/errors/fhir-error.js';
import type { KnownForms } from './known-forms.js';

/** 503: what is stored is being indexed in the form of this release, and half an index would give wrong answers. */
export class BeingIndexed extends TemporarilyUnavailable {
  constructor(what: string, progress: number) {
    super(
      10,
      `${what}: what is stored is being indexed in the form of this release (${progress} %), because the release changed it, ` +
        'because the tenant was imported, or because servers of another release still write. Repeat the request after the time in Retry-After. Writes go on, and so do reads of callers whose access has no such limits.',
    );
  }
}

/** Throws {@link BeingIndexed} when a search could miss rows. */
export function requireSearchable(forms: KnownForms, progress: number): void {
  if (forms.lacksAll) throw new BeingIndexed('Searches have to wait', progress);
}

/** Throws {@link BeingIndexed} when rows would be judged by index values that they may lack. */
export function requireJudgeable(forms: KnownForms, accesses: readonly Access[], progress: number): void {
  if (!forms.lacksAll && !forms.lacksLimits) return;
  const isUnsure = forms.lacksLimits ? isLimitedAtAll : isLimitedByCriteria;
  if (accesses.some(isUnsure)) throw new BeingIndexed('The limits of this access cannot be checked yet', progress);
}

const isLimitedAtAll = ({ grants }: Access): boolean =>
  grants.some((grant) => grant.within !== undefined || !isWhole(grant));

const isLimitedByCriteria = ({ grants }: Access): boolean =>
  grants.some((grant) => grant.where.length > 0 || rulesOf(grant).length > 0);

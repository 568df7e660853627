import { FhirError } from '../../../r4/errors/fhir-error.js';
import { type ChangeFailure, refuseFailures } from './change.js';
import { contentOf } from './contents/made-contents.js';
import type { PlannedChange, PlannedContent } from './next-version.js';

/** The planned changes that leave a live version; edits are applied to the version that was locked. */
export async function applyEdits(plans: readonly PlannedChange[]): Promise<readonly PlannedContent[]> {
  const failures: ChangeFailure[] = [];
  const content: PlannedContent[] = [];
  for (const { index, change, next, tells } of plans) {
    if (change.kind === 'delete') continue;
    if (change.kind !== 'edit') content.push({ index, change, next, tells });
    else {
      const made = await contentOf(change, next.previous?.body ?? '');
      if (made instanceof FhirError) failures.push({ index, error: made });
      else content.push({ index, change: { ...change, ...(tells ? made : { ...made, remarks: [] }) }, next, tells });
    }
  }
  refuseFailures(failures);
  return content;
}

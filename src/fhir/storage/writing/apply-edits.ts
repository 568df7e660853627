import { FhirError } from '../../../r4/errors/fhir-error.js';
import { type JsonObject, parseJson } from '../../../r4/json/json.js';
import { PartOfResource, partIssues } from '../../../r4/validation/part-of-resource.js';
import { type Change, type ChangeFailure, refuseFailures } from './change.js';
import { contentOf } from './contents/made-contents.js';
import type { ContentChange, PlannedChange, PlannedContent } from './next-version.js';

/** The planned changes that leave a live version; edits are applied to the version that was locked. None stores a part in place of the whole. */
export async function applyEdits(plans: readonly PlannedChange[]): Promise<readonly PlannedContent[]> {
  const failures: ChangeFailure[] = [];
  const content: PlannedContent[] = [];
  for (const plan of plans) {
    const made = await contentOfPlan(plan);
    if (made instanceof FhirError) failures.push({ index: plan.index, error: made });
    else if (made) content.push({ ...plan, change: made });
  }
  refuseFailures(failures);
  return content;
}

/** Undefined: a deletion. */
async function contentOfPlan({ change, next, tells }: PlannedChange): Promise<ContentChange | FhirError | undefined> {
  if (change.kind === 'delete') return undefined;
  if (change.kind !== 'edit') return refusePart(change, change.resource, '') ?? change;
  const previous = next.previous?.body ?? '';
  const made = await contentOf(change, previous);
  if (made instanceof FhirError) return made;
  const refused = refusePart(change, made.resource, previous);
  return refused ?? { ...change, ...(tells ? made : { ...made, remarks: [] }) };
}

/** An edit of what was stored as a part leaves a part; packages are whole, whatever they say. */
function refusePart(change: Change, resource: JsonObject, previous: string): PartOfResource | undefined {
  const issues = 'ofPackage' in change ? [] : partIssues(resource);
  if (issues.length === 0) return undefined;
  const wasPart = change.kind === 'edit' && partIssues(parseJson(previous) as JsonObject).length > 0;
  return wasPart ? undefined : new PartOfResource(...issues);
}

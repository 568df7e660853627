import type { Issue } from '../../../r4/errors/fhir-error.js';
import type { RequestContext } from '../../../scope/request-context.js';
import type { SearchHooks } from '../../hooks/search-hooks.js';
import type { Snapshot } from '../../storage/exporting/export-rows.js';
import type { ChosenRows } from '../../storage/exporting/plan-chunks.js';
import { accessesTo, mayReach } from './export-access.js';
import type { ExportRequest } from './read-export.js';

/** The Patients within reach of a caller. */
export async function reachedPatients(
  context: RequestContext,
  hooks: SearchHooks,
  more: Pick<ChosenRows, 'ids' | 'records'>,
): Promise<ChosenRows> {
  const narrowed = await hooks.narrow(context, [{ type: 'Patient', criteria: [] }]);
  const alternatives = narrowed.some((criteria) => criteria.length === 0) ? [] : narrowed;
  return { kind: 'block', accesses: accessesTo(context, 'Patient'), fingerprint: '', alternatives, ...more };
}

/**
 * Names patients who were asked for and are not there (https://hl7.org/fhir/uv/bulkdata/export.html#query-parameters), in the words for those who are
 * out of reach. Who may not read Patients is told of none.
 */
export async function missingPatients(
  context: RequestContext,
  hooks: SearchHooks,
  {
    request,
    records,
    snapshot,
  }: { readonly request: ExportRequest; readonly snapshot: Snapshot } & Pick<ChosenRows, 'records'>,
): Promise<readonly Issue[]> {
  const named = request.patients && typeof records === 'object' ? records : [];
  if (named.length === 0 || !mayReach(context, 'Patient')) return [];
  const ids = named.map((reference) => reference.slice('Patient/'.length));
  const asked = await reachedPatients(context, hooks, { ids });
  const found = await snapshot.idsOf(asked, (type) => context.accessTo(type, 's'));
  return ids
    .filter((id) => !found.has(id))
    .map((id): Issue => ({ severity: 'warning', code: 'not-found', diagnostics: `Patient/${id} was not found.` }));
}

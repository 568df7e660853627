import { stepsInTurns } from '../../../r4/json/turns.js';
import type { Issue } from '../../../r4/errors/fhir-error.js';
import type { Criterion } from '../../../r4/search/query/criterion.js';
import type { SearchParameters } from '../../../r4/search/parameters/search-parameters.js';
import type { RequestContext } from '../../../scope/request-context.js';
import type { AnswerBudget } from '../../interactions/answer-budget.js';
import { narrowedTargets, type TargetMeans } from '../../interactions/search/narrowed-targets.js';
import { readableRows } from '../../interactions/search/readable-rows.js';
import type { LinkedVersion } from '../../storage/searching/linked-version.js';

export interface BesideRequest {
  readonly context: RequestContext;
  readonly parameters: SearchParameters;
  readonly budget: AnswerBudget;
  /** FHIR base URL. */
  readonly base: string;
  /** Rows that may come. */
  readonly most: number;
  /** Types that may come. */
  readonly takes: (type: string) => boolean;
}

interface Beside {
  readonly rows: readonly LinkedVersion[];
  readonly issues: readonly Issue[];
}

/**
 * Resources outside of records that the rows of a page refer to, and the Provenances about them, in one statement. References are read from what
 * the caller is shown: one that is masked leads nowhere.
 */
export async function besideRows(
  means: TargetMeans,
  page: readonly LinkedVersion[],
  { context, parameters, budget, base, most, takes }: BesideRequest,
): Promise<Beside> {
  if (page.length === 0 || most === 0 || budget.isSpent) return { rows: [], issues: [] };
  const isReached = (type: string): boolean => takes(type) && context.may(type, 's') && context.may(type, 'r');
  const asked = [...(await referencesIn(page, base))]
    .filter(([type]) => isReached(type) && type !== 'Provenance')
    .map(([type, ids]) => ({ type, criteria: criteriaOf(type, [...ids], parameters) }));
  if (isReached('Provenance')) asked.push({ type: 'Provenance', criteria: [aboutRows(page, parameters)] });
  if (asked.length === 0) return { rows: [], issues: [] };
  const targets = await narrowedTargets(means, context, asked);
  const request = { count: most, bytes: budget.bytes };
  const found = await means.resources.search(targets, request, (type) => context.accessTo(type, 's'));
  for (const { body } of found.rows) budget.take(body);
  const rows = await readableRows(context, means.resources, found.rows);
  return { rows, issues: found.hasNext ? [incomplete(most)] : [] };
}

/** Stored text is JSON as the server wrote it: within a string there is no quote that is not escaped. */
const reference = /"(?:reference|url)":"((?:[^"\\]|\\.)*)"/g;
const relative = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/.*)?$/;

/** Ids by type; large pages are read in turns with other requests. */
export async function referencesIn(
  page: readonly Pick<LinkedVersion, 'body'>[],
  base: string,
): Promise<Map<string, Set<string>>> {
  const found = new Map<string, Set<string>>();
  await stepsInTurns(noteReferences(page, base, found));
  return found;
}

function* noteReferences(
  page: readonly Pick<LinkedVersion, 'body'>[],
  base: string,
  found: Map<string, Set<string>>,
): Generator<void> {
  for (const { body } of page) {
    yield;
    for (const [, text = ''] of body.matchAll(reference)) {
      const [, type, id] = relative.exec(text.startsWith(`${base}/`) ? text.slice(base.length + 1) : text) ?? [];
      if (type === undefined || id === undefined) continue;
      const ids = found.get(type);
      if (ids) ids.add(id);
      else found.set(type, new Set([id]));
    }
  }
}

function criteriaOf(type: string, ids: readonly string[], parameters: SearchParameters): readonly Criterion[] {
  const byId: Criterion = {
    kind: 'filter',
    filter: { parameter: parameters.find(type, '_id')!, values: ids.map((code) => ({ kind: 'token', code })) },
  };
  const patient = type === 'Device' ? parameters.find(type, 'patient') : undefined;
  if (!patient) return [byId];
  // One that is a patient's own is a row of that record.
  return [byId, { kind: 'not', of: { kind: 'filter', filter: { parameter: patient, values: [{ kind: 'present' }] } } }];
}

const aboutRows = (page: readonly LinkedVersion[], parameters: SearchParameters): Criterion => ({
  kind: 'filter',
  filter: {
    parameter: parameters.find('Provenance', 'target')!,
    values: page.map(({ type, id }) => ({ kind: 'reference', target: `${type}/${id}` })),
  },
});

const incomplete = (most: number): Issue => ({
  severity: 'warning',
  code: 'incomplete',
  diagnostics:
    `More than ${most} resources beside the record, or more than an answer may hold (setting RESPONSE_LIMIT), belong to this page, ` +
    'so some are missing. Ask for fewer with _count, or for the others by a search of their own.',
});

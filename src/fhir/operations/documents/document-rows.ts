import { InvalidRequest } from '../../../r4/errors/fhir-error.js';
import { listed } from '../../../r4/errors/listed.js';
import { isResourceType } from '../../../r4/model/resource-types.js';
import { compartmentGroup } from '../../../r4/model/patient-compartment.js';
import type { SearchParameters } from '../../../r4/search/parameters/search-parameters.js';
import type { RequestContext } from '../../../scope/request-context.js';
import { type AnswerBudget, TooCostly } from '../../interactions/answer-budget.js';
import type { TargetMeans } from '../../interactions/search/narrowed-targets.js';
import { rowsByIds } from '../../interactions/search/search-rows.js';
import type { LinkedVersion } from '../../storage/searching/linked-version.js';
import { referencesIn } from '../everything/beside-rows.js';

/** Resources of one document. */
const mostRows = 1000;
/** Resources that are looked for at one time: most references of some records lead to nothing. */
const mostLookedFor = 10_000;
/** Levels of what is referred to by what a document refers to. */
const levels = 3;
const mostListed = 5;

/** A resource of a document. */
export type DocumentRow = Pick<LinkedVersion, 'type' | 'id' | 'body'>;
type Row = DocumentRow;

interface DocumentRequest {
  readonly context: RequestContext;
  readonly budget: AnswerBudget;
  readonly parameters: SearchParameters;
  /** FHIR base URL. */
  readonly base: string;
}

/**
 * Returns all that a Composition refers to, and what that refers to and belongs to no record. Throws 422 where something that it refers to is out of
 * reach: half a document would be taken for a whole one.
 */
export async function documentRows(
  means: TargetMeans,
  composition: Row,
  request: DocumentRequest,
): Promise<readonly Row[]> {
  const wanted = await wantedIn([composition], new Map([[composition.type, new Set([composition.id])]]), request.base);
  if (sizeOf(wanted) > mostRows) throw tooLarge();
  const rows = await found(means, wanted, request);
  const missing = [...wanted].flatMap(([type, ids]) =>
    [...ids].filter((id) => !rows.some((row) => row.type === type && row.id === id)).map((id) => `${type}/${id}`),
  );
  if (missing.length > 0) throw new IncompleteDocument(missing);
  return [...rows, ...(await besides(means, [composition, ...rows], request))];
}

/** Resources that rows refer to and that belong to no record, as far as the caller reaches them. */
export async function besides(
  means: TargetMeans,
  rows: readonly Row[],
  request: DocumentRequest,
): Promise<readonly Row[]> {
  const known = new Map<string, Set<string>>();
  const note = ({ type, id }: Row): void => void known.set(type, (known.get(type) ?? new Set()).add(id));
  for (const row of rows) note(row);
  const more: Row[] = [];
  let latest = rows;
  for (let level = 0; level < levels && latest.length > 0; level++) {
    const wanted = await wantedIn(latest, known, request.base);
    const shared = [...wanted].filter(([type]) => compartmentGroup(type) === 'shared');
    latest = await found(means, new Map(shared), request);
    for (const row of latest) note(row);
    more.push(...latest);
  }
  return more;
}

async function found(
  means: TargetMeans,
  wanted: ReadonlyMap<string, ReadonlySet<string>>,
  { context, budget, parameters }: DocumentRequest,
): Promise<readonly Row[]> {
  if (sizeOf(wanted) > mostLookedFor)
    throw new TooCostly(
      `The document would look for ${sizeOf(wanted)} resources that its own refer to; it may look for ${mostLookedFor} at a time.`,
    );
  const { rows, hasMore } = await rowsByIds(means, parameters, wanted, { context, budget, most: mostRows });
  if (!hasMore) return rows;
  throw tooLarge();
}

const tooLarge = (): TooCostly =>
  new TooCostly(
    `The document would have more than ${mostRows} resources, or more bytes than an answer may have (setting RESPONSE_LIMIT).`,
  );

const sizeOf = (wanted: ReadonlyMap<string, ReadonlySet<string>>): number =>
  [...wanted.values()].reduce((sum, { size }) => sum + size, 0);

async function wantedIn(
  rows: readonly Row[],
  known: ReadonlyMap<string, ReadonlySet<string>>,
  base: string,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const wanted = new Map<string, Set<string>>();
  for (const [type, ids] of await referencesIn(rows, base)) {
    const left = [...ids].filter((id) => !known.get(type)?.has(id));
    if (isResourceType(type) && left.length > 0) wanted.set(type, new Set(left));
  }
  return wanted;
}

/** 422: parts of a document are not there, or not for this caller. */
export class IncompleteDocument extends InvalidRequest {
  override readonly status = 422;
  constructor(missing: readonly string[]) {
    super({
      code: 'not-found',
      diagnostics:
        `The Composition refers to ${listed(missing, mostListed)}, which this token cannot search and read, or which is not there. ` +
        'A document has all that it refers to: ask with a token that reaches it, or correct the Composition.',
    });
  }
}

import type { RequestContext } from '../../../scope/request-context.js';
import type { Issue } from '../../../r4/errors/fhir-error.js';
import { findLookups, linkCodes } from '../../../r4/search/links/include-lookups.js';
import type { Include } from '../../../r4/search/links/include.js';
import type { IncludedRows } from '../../storage/searching/include-statement.js';
import type { LinkedVersion } from '../../storage/searching/linked-version.js';
import type { ResourceRepository } from '../../storage/resource.repository.js';
import type { AnswerBudget } from '../answer-budget.js';
import { withheldIssue } from './withheld-types.js';

export interface Included {
  readonly rows: readonly LinkedVersion[];
  /** Reports of includes that are missing though they were asked for. */
  readonly issues: readonly Issue[];
}

interface IncludeMeans {
  readonly from: ResourceRepository;
  /** The first level, where it was read with the matches. */
  readonly first: IncludedRows | undefined;
  /** Resources of one page. */
  readonly includeMax: number;
  /** Levels of `:iterate`. */
  readonly chainDepth: number;
  readonly budget: AnswerBudget;
}

/**
 * Returns the resources that includes add to the matches of a page, each once: one statement for each further level. Every row
 * is judged before it counts; a resource out of reach is absent like one that does not exist.
 */
export async function includeResources(
  context: RequestContext,
  matches: readonly LinkedVersion[],
  includes: readonly Include[],
  { from, first, includeMax, chainDepth, budget }: IncludeMeans,
): Promise<Included> {
  const issues = includes.filter(({ withheld }) => withheld.length > 0).map((one) => withheldIssue(context, one));
  const iterating = includes.filter(({ iterates }) => iterates);
  const codes = linkCodes(iterating);
  const rows: LinkedVersion[] = [];
  let latest = matches;
  for (let level = 1; ; level++) {
    let found = level === 1 ? first : undefined;
    if (!found) {
      const lookups = findLookups(latest, level === 1 ? includes : iterating);
      if (lookups.size === 0) return { rows, issues };
      if (level > chainDepth) return { rows, issues: [...issues, tooDeepIssue(chainDepth)] };
      const known = idsByType([...matches, ...rows]);
      const request = { lookups, known, codes, most: includeMax - rows.length + 1, bytes: budget.bytes };
      found = await from.include(request, (type) => context.accessTo(type, 's'));
    }
    latest = found.rows;
    rows.push(...latest);
    for (const { body } of latest) budget.take(body);
    if (found.isCut) return { rows: rows.slice(0, includeMax), issues: [...issues, tooLargeIssue] };
    if (rows.length > includeMax)
      return { rows: rows.slice(0, includeMax), issues: [...issues, tooManyIssue(includeMax)] };
  }
}

function idsByType(rows: readonly LinkedVersion[]): ReadonlyMap<string, readonly string[]> {
  const ids = new Map<string, string[]>();
  for (const { type, id } of rows) {
    const known = ids.get(type);
    if (known) known.push(id);
    else ids.set(type, [id]);
  }
  return ids;
}

const tooManyIssue = (most: number): Issue => ({
  severity: 'warning',
  code: 'incomplete',
  diagnostics:
    `More than ${most} resources are to be included in this page, so some are missing. ` +
    'Ask for fewer matches with _count, or for the others by a search of their own.',
});

const tooLargeIssue: Issue = {
  severity: 'warning',
  code: 'too-costly',
  diagnostics:
    'What is to be included in this page is larger than an answer may be (setting RESPONSE_LIMIT), so some is missing. ' +
    'Ask for fewer matches with _count, or for the others by a search of their own.',
};

const tooDeepIssue = (levels: number): Issue => ({
  severity: 'warning',
  code: 'incomplete',
  diagnostics:
    `:iterate was followed through ${levels} levels, so what lies further away is missing. ` +
    'Search for it, starting with what was included last.',
});

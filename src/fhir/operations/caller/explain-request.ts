import type { TokenReport } from '../../../auth/refusals/token-explainer.js';
import { Refused } from '../../../refusal/refusal.js';
import type { AccessRules } from '../../../scope/access-rules.js';
import type { Caller } from '../../../scope/decision.js';
import type { DeclaredAccess } from '../../../scope/decision.js';
import { decisionSteps } from '../../../scope/explain/decision-steps.js';
import type { AccessExplanation, Explanation } from '../../../scope/explain/explanation.js';
import { checkLines, type Line, passed, refused, skipped, type Step, fact } from '../../../scope/explain/step.js';
import { type PurposeClaim, withPurpose } from '../../../scope/consent/purpose-of-use.js';
import { RequestContext } from '../../../scope/request-context.js';
import { decide } from '../../../scope/request-decision.js';
import { readEntryLine } from '../../interactions/bundle/bundle-entry.js';
import { entriesOf } from '../../interactions/bundle/sent-bundle.js';
import { bindingOfHistory } from '../../interactions/history.interaction.js';
import { openPage } from '../../interactions/search/open-page.js';
import { requirePlainQuery } from '../../interactions/plain-query.js';
import { bindingOf, readSearch, type SearchMeans } from '../../interactions/search/read-search.js';
import { requireAddress } from '../../interactions/require-address.js';
import { unfollowedIssue, withheldIssue } from '../../interactions/search/withheld-types.js';
import { FhirError } from '../../../r4/errors/fhir-error.js';
import type { Interaction } from '../../../r4/rest/interaction.js';
import { isObject, type Json, type JsonObject } from '../../../r4/json/json.js';
import { printable } from '../../../r4/errors/request-errors.js';
import type { CursorBinding, CursorSeal } from '../../../r4/search/query/cursor.js';
import { parseHistory } from '../../../r4/search/query/parse-history.js';
import type { AskedRequest } from '../asked-request.js';

/** Means of an explanation; none of them leads to stored data. */
export interface ExplainMeans extends SearchMeans {
  readonly rules: AccessRules;
  /** Opens page links; a command without a server cannot. */
  readonly seal?: CursorSeal;
  /** Returns the declared access of an operation; throws 404 for one that is not offered. */
  readonly declared: (interaction: Interaction) => DeclaredAccess | undefined;
}

const mostEntries = 100;

/** The whole decision about a request of whoever has the token (see {@link asAsking}), by the functions that decide real ones. */
export function explainAccess(
  report: TokenReport,
  request: AskedRequest | undefined,
  body: JsonObject | undefined,
  means: ExplainMeans,
): AccessExplanation {
  const asks = callersOf(report, means.rules, purposeOf(request, means.options));
  const entries =
    request?.interaction.kind === 'bundle' && body ? entriesOf(body, means.options.bundleEntries) : undefined;
  const explanations = entries
    ? entries.slice(0, mostEntries).map((entry, i) => explainEntry(entry, i, asks, means))
    : request
      ? [explainOne(request, asks, means)]
      : [];
  return {
    verified: isVouchedFor(report),
    claims: report.claims,
    token: { check: 'token', lines: report.checks.flatMap(checkLines) },
    explanations,
    leftOut: Math.max(0, (entries?.length ?? 0) - mostEntries),
  };
}

/** The report about a caller as the request would have them: with its purpose, and with what the decision point says. */
export async function asAsking(
  report: TokenReport,
  request: AskedRequest | undefined,
  { rules, options }: Pick<ExplainMeans, 'rules' | 'options'>,
): Promise<TokenReport> {
  const { authentication } = report;
  if (!authentication || !('principal' in authentication)) return report;
  const principal = await rules.consult(withPurpose(authentication.principal, purposeOf(request, options)));
  return { ...report, authentication: { ...authentication, principal } };
}

const purposeOf = (
  request: AskedRequest | undefined,
  { audit }: Pick<ExplainMeans['options'], 'audit'>,
): PurposeClaim | undefined =>
  request?.purpose === undefined ? undefined : { header: request.purpose, isAudited: audit };

/** Caller who is answered, and caller whom the steps concern: the claimed one of a token that does not count. */
interface Asks {
  readonly caller: Caller;
  /** True if the caller's token counts. */
  readonly counts: boolean;
  readonly context?: RequestContext;
  readonly purpose?: PurposeClaim | undefined;
}

function callersOf({ authentication, claimed }: TokenReport, rules: AccessRules, purpose?: PurposeClaim): Asks {
  if (authentication && 'principal' in authentication) {
    const context = new RequestContext(authentication.principal, rules);
    return { caller: context, counts: true, context, purpose };
  }
  const context = claimed && new RequestContext(claimed, rules.withoutPolicies());
  return { caller: authentication ?? context!, counts: false, ...(context && { context }), purpose };
}

const isVouchedFor = ({ authentication }: TokenReport): boolean =>
  authentication !== undefined &&
  ('principal' in authentication ||
    (authentication.checks ?? []).some(({ name, isPassed }) => name === 'signature' && isPassed));

function explainOne({ text, method, path, interaction }: AskedRequest, asks: Asks, means: ExplainMeans): Explanation {
  try {
    requireAddress(method, path, interaction, means.options.base);
    return explainInteraction(text, interaction, asks, means);
  } catch (error) {
    return unreadable(text, error, asks);
  }
}

function explainEntry(entry: Json, index: number, asks: Asks, means: ExplainMeans): Explanation {
  const text = `entry ${index}: ${lineOf(entry)}`;
  try {
    return explainInteraction(text, readEntryLine(entry).line, asks, means);
  } catch (error) {
    return unreadable(text, error, asks);
  }
}

function lineOf(entry: Json): string {
  const request = isObject(entry) ? entry['request'] : undefined;
  if (!isObject(request)) return 'no request';
  const { method, url } = request;
  return printable([method, url].filter((part) => typeof part === 'string').join(' ')) || 'no request';
}

function explainInteraction(text: string, interaction: Interaction, asks: Asks, means: ExplainMeans): Explanation {
  const { caller, counts, context, purpose } = asks;
  const asked = { interaction, declared: means.declared(interaction), purpose };
  const decision = decide(caller, asked);
  if (!context) return answered(text, [notToldFurther], [refusedOf(decision)], asks);
  const made = decisionSteps(decide(context, asked), context);
  const steps = counts ? made : made.map(asIfItCounted);
  // Only a permitted request learns whether a page link is its own: others may only claim to be the owner.
  const query = decision.isPermitted ? queryStep(context, interaction, means) : { lines: [] };
  const all = query.lines.length > 0 ? [...steps, { check: 'search', lines: query.lines } as const] : steps;
  return answered(text, all, [refusedOf(decision), query.error], asks);
}

/** Nothing is passed by a token that anybody could have written, and policies, which know people, are not asked about it. */
const asIfItCounted = (step: Step): Step => {
  const { check, lines } = step;
  if (check === 'policies') return { check, lines: [skipped('Policies are asked only for a token that counts.')] };
  const unvouched = lines.map((line) => (line.kind === 'passed' ? fact(line.text) : line));
  return { check, lines: check === 'request' ? [fact(wouldPermit), ...unvouched] : unvouched };
};

const wouldPermit = 'What follows is what the token would permit if it counted.';

const notToldFurther: Step = {
  check: 'request',
  lines: [skipped('The token says nothing that could be judged, so it is not told what it would permit.')],
};

function refusedOf(decision: ReturnType<typeof decide>): FhirError | undefined {
  try {
    decision.require();
    return undefined;
  } catch (error) {
    if (error instanceof Refused) return error;
    throw error;
  }
}

function answered(
  request: string,
  steps: readonly Step[],
  errors: readonly (FhirError | undefined)[],
  { counts }: Asks,
): Explanation {
  const status = errors.find((error) => error !== undefined)?.status;
  if (status !== undefined) return { request, verdict: 'refused', status, steps };
  return { request, verdict: counts ? 'permitted' : 'undecided', steps };
}

/** A request line that no interaction has is told so to whoever's token counts; before, the token is what is wrong. */
function unreadable(text: string, error: unknown, asks: Asks): Explanation {
  const { caller } = asks;
  if (!(error instanceof FhirError) || (error.status >= 500 && error.status !== 501)) throw error;
  const refusal =
    'refusals' in caller ? refusedOf(decide(caller, { interaction: { kind: 'none', allow: [] } })) : undefined;
  return answered(text, [{ check: 'request', lines: linesOf(error) }], [refusal, error], asks);
}

const linesOf = (error: FhirError): readonly Line[] =>
  error instanceof Refused
    ? error.refusals.map(refused)
    : error.issues.map(({ diagnostics = '' }) => ({ kind: 'refused', text: `${diagnostics} (${error.status})` }));

interface QueryFinding {
  readonly lines: readonly Line[];
  readonly error?: FhirError;
}

/** Judges the query beyond the type: chains, includes, parameters that are not offered, the owner of a page link. */
function queryStep(context: RequestContext, interaction: Interaction, means: ExplainMeans): QueryFinding {
  try {
    requirePlainQuery(interaction);
    const { kind } = interaction;
    if (kind.startsWith('search-')) return { lines: searchLines(context, interaction, means) };
    if (kind.startsWith('history-')) return { lines: historyLines(context, interaction, means) };
    return { lines: conditionLines(context, interaction, means) };
  } catch (error) {
    if (!(error instanceof FhirError) || (error.status >= 500 && error.status !== 503)) throw error;
    return { lines: linesOf(error), error };
  }
}

function searchLines(context: RequestContext, interaction: Interaction, means: ExplainMeans): readonly Line[] {
  const read = readSearch(context, { address: interaction, query: interaction.query }, means);
  const { search, linked, unfollowed } = read;
  const withheld = search.includes.filter((include) => include.withheld.length > 0);
  return [
    passed('Every parameter is offered.'),
    ...linked.map(({ type }) => fact(`A chain looks at ${type}, within what the token may search of it.`)),
    ...[
      ...unfollowed.map((one) => unfollowedIssue(context, one)),
      ...withheld.map((one) => withheldIssue(context, one)),
    ].map(({ details }) => skipped(details?.text ?? '')),
    ...pageLines(search.cursor, bindingOf(read), means.seal),
  ];
}

function historyLines(
  context: RequestContext,
  interaction: Interaction,
  { options, seal }: ExplainMeans,
): readonly Line[] {
  const history = parseHistory(interaction.query, options);
  return pageLines(history.cursor, bindingOfHistory(context, interaction, history), seal);
}

/** Throws Refused for a page link of another query, or of another access. */
function pageLines(cursor: string | undefined, bound: CursorBinding, seal: CursorSeal | undefined): readonly Line[] {
  if (cursor === undefined) return [];
  if (!seal) return [skipped(pageNotOpened)];
  openPage(seal, cursor, bound);
  return [passed('The page link is of this query and of this access.')];
}

const pageNotOpened =
  'Whether the page link is of this query and this access shows when the server opens it for the caller; if not, the answer is 403 [cursor-foreign].';

/** A condition is a search of its own type; what is no criterion fails as it would in the request. */
function conditionLines(context: RequestContext, interaction: Interaction, means: SearchMeans): readonly Line[] {
  const { kind, type, id, query, condition } = interaction;
  const isByQuery = id === undefined && (kind === 'update' || kind === 'patch' || kind === 'delete');
  const criteria = condition ?? (isByQuery ? query : undefined);
  if (criteria === undefined || type === undefined) return [];
  readSearch(context, { address: { type }, query: criteria, handling: 'strict' }, means);
  return [fact('The condition is matched with what the token may search; what is out of reach matches nothing.')];
}

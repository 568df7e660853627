import { Inject, Injectable } from '@nestjs/common';
import { ResourceNotFound } from '../../../r4/errors/fhir-error.js';
import type { Criterion } from '../../../r4/search/query/criterion.js';
import { Refused } from '../../../refusal/refusal.js';
import { RequestContext } from '../../../scope/request-context.js';
import type { Principal } from '../../../auth/principal.js';
import { AccessRules } from '../../../scope/access-rules.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import { SearchHooks } from '../../hooks/search-hooks.js';
import { AnswerBudget } from '../../interactions/answer-budget.js';
import { narrowedTargets } from '../../interactions/search/narrowed-targets.js';
import { SearchInteraction } from '../../interactions/search/search.interaction.js';
import { Terminology } from '../../interactions/terminology/terminology.js';
import { ResourceRepository } from '../../storage/resource.repository.js';
import { recordTypes } from '../everything/read-everything.js';
import { RecordRows } from '../everything/record-rows.js';
import { walkRecords } from '../everything/record-walk.js';
import { type Limit, limitsOf, type SightOfRecord, type TypeSight, wayTo } from './sight.js';

/** Rows of one type that are looked at. */
export const mostOfType = 1_000;
/** Rows of one record that are looked at. */
export const mostOfRecord = 10_000;

/** A user as a caller, with fewer and fewer of the limits that stored data and policies set. */
interface Rung {
  /** The limit that the user before has and this one has not; absent for the user as he is. */
  readonly without?: Limit;
  readonly context: RequestContext;
}

interface Rows {
  readonly ids: readonly string[];
  /** There are more. */
  readonly isPart: boolean;
}

/**
 * Counts what a user would be shown of a patient's record, among the rows that the asking administrator is shown himself (ADR 140). Both
 * are judged as a search of theirs judges rows, in SQL.
 */
@Injectable()
export class RecordSight {
  // oxlint-disable-next-line max-params -- Nest injects them
  constructor(
    private readonly searches: SearchInteraction,
    readonly hooks: SearchHooks,
    readonly terminology: Terminology,
    readonly resources: ResourceRepository,
    private readonly rules: AccessRules,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {}

  /** Throws 404 where the viewer may not read the patient, or there is none. */
  async of(viewer: RequestContext, user: Principal, patient: string): Promise<SightOfRecord> {
    await this.requireSeen(viewer, patient);
    const rungs = await this.rungsOf(viewer, user);
    const types: TypeSight[] = [];
    const [untold, leftOut]: [string[], string[]] = [[], []];
    let left = mostOfRecord;
    for (const type of recordTypes['Patient']!) {
      if (left <= 0) {
        leftOut.push(type);
        continue;
      }
      const found = await this.rowsOf(viewer, patient, type, Math.min(left, mostOfType));
      if (!found) untold.push(type);
      else if (found.ids.length > 0) types.push(await this.sightOf(rungs, type, found));
      left -= found?.ids.length ?? 0;
    }
    return { types, untold, leftOut };
  }

  private async requireSeen(viewer: RequestContext, patient: string): Promise<void> {
    const access = viewer.accessIfAny('Patient', 'r');
    const found = access && (await this.resources.find(access, patient));
    if (!found || found.deleted) throw new ResourceNotFound({ type: 'Patient', id: patient });
  }

  /** Consents are named only to who may search them: otherwise they count with the labels. */
  private async rungsOf(viewer: RequestContext, user: Principal): Promise<readonly [Rung, ...Rung[]]> {
    const contextOf = async (principal: Principal, rules = this.rules): Promise<RequestContext> =>
      new RequestContext(await rules.consult(principal), rules, undefined, viewer.caller);
    const exempt: Principal = { ...user, consentExempt: true };
    const cleared: Principal = { ...exempt, clearance: 'V' };
    const knowsConsents = viewer.may('Consent', 's');
    return [
      { context: await contextOf(user) },
      ...(knowsConsents ? [{ without: 'consents', context: await contextOf(exempt) } as const] : []),
      { without: knowsConsents ? 'labels' : 'labels-or-consents', context: await contextOf(cleared) },
      { without: 'policies', context: await contextOf(cleared, this.rules.withoutPolicies()) },
    ];
  }

  /** Rows of the record that the viewer is shown; undefined where he may not search and read the type, or is not shown whose they are. */
  private async rowsOf(context: RequestContext, id: string, type: string, most: number): Promise<Rows | undefined> {
    if (!context.may(type, 's') || !context.may(type, 'r')) return undefined;
    const rows = new RecordRows(context, this.searches, { count: most });
    const records = [{ owner: 'Patient', id } as const];
    const budget = new AnswerBudget(this.options);
    try {
      const found = await walkRecords(this, { context, records, types: [type], rows, budget }, most);
      return { ids: found.rows.map((row) => row.id), isPart: found.next !== undefined };
    } catch (error) {
      if (error instanceof Refused) return undefined;
      throw error;
    }
  }

  private async sightOf(
    [as, ...others]: readonly [Rung, ...Rung[]],
    type: string,
    { ids, isPart }: Rows,
  ): Promise<TypeSight> {
    const shown = await this.count(as.context, type, ids);
    const withheld: Partial<Record<Limit, number>> = {};
    let before = shown;
    for (const { without, context } of others) {
      if (before === ids.length) break;
      const now = Math.max(before, await this.count(context, type, ids));
      if (now > before) withheld[without!] = now - before;
      before = now;
    }
    if (before < ids.length) withheld.scopes = ids.length - before;
    return {
      type,
      yours: ids.length,
      ...(isPart && { isPart }),
      shown,
      way: wayTo(as.context, type),
      withheld,
      ...limitsOf(as.context, type),
    };
  }

  /** By a search, or by reads where the user may only read. */
  private async count(context: RequestContext, type: string, ids: readonly string[]): Promise<number> {
    const way = wayTo(context, type);
    if (way === 'none') return 0;
    if (way === 'read') {
      const access = context.accessTo(type, 'r');
      return (await this.resources.visible(ids.map((id) => ({ type, id, access })))).size;
    }
    const targets = await narrowedTargets(this, context, [{ type, criteria: [this.among(type, ids)] }]);
    return this.resources.count(targets, (one) => context.accessTo(one, 's'));
  }

  private among(type: string, ids: readonly string[]): Criterion {
    const parameter = this.searches.parameters.find(type, '_id')!;
    return { kind: 'filter', filter: { parameter, values: ids.map((code) => ({ kind: 'token', code })) } };
  }
}

import { Inject, Injectable } from '@nestjs/common';
import type { ServerUse } from '../../../scope/access-trail.js';
import type { RequestContext } from '../../../scope/request-context.js';
import { decide } from '../../../scope/request-decision.js';
import { SearchParameters } from '../../../r4/search/parameters/search-parameters.js';
import { FhirError, ResourceNotFound } from '../../../r4/errors/fhir-error.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import { AuditSealer } from '../../storage/audit/audit-sealer.js';
import { BinaryContents } from '../../storage/binary/binary-contents.js';
import { type ErasurePlan, ErasureTooLarge, planErasure, referrersOf } from '../../storage/erasing/erasure-plan.js';
import { eraseRows, jobsHolding, removeJobs } from '../../storage/erasing/erase-rows.js';
import { SearchDefinitions } from '../../storage/indexing/search-definitions.js';
import { StorageUsage } from '../../storage/limits/storage-usage.js';
import { ResourceRepository } from '../../storage/resource.repository.js';
import { referringCodes } from '../../storage/searching/referring-codes.js';
import { SqlSession } from '../../storage/session/sql-session.js';
import { type Delete, throwFirst } from '../../storage/writing/change.js';
import type { ResourceKey } from '../../storage/writing/resource-key.js';
import { countByType } from '../counts-by-type.js';

/** Result of an erasure, or of its preview. */
export interface Erased {
  /** Resources by type, with all their versions. */
  readonly counts: ReadonlyMap<string, number>;
  /** Old versions of resources that stay. */
  readonly superseded: number;
  /** Jobs whose results or files may hold something of it. */
  readonly jobs: number;
  /** `Type/id` of what stays although it is in the record as well. */
  readonly shared: readonly string[];
  /** `Type/id` of others that refer to what goes; some of them, where there are many. */
  readonly referrers: readonly string[];
}

/** How much may go at once, and how its answer is kept in its transaction. */
export interface ErasureCall {
  /** Resources. */
  readonly most: number;
  readonly keep?: (tx: ResourceRepository, erased: Erased) => Promise<void>;
}

/** Referrers that are named. */
const mostNamed = 100;
/** Deletions of one write; with REFERENTIAL_INTEGRITY all are one, since they refer to each other. */
const atOnce = 500;

/** 422: more goes than one transaction may change. */
class TooManyToErase extends FhirError {
  readonly status = 422;
  constructor(most: number) {
    super({
      code: 'too-costly',
      diagnostics:
        `More than ${most} resources would go at once. Send Prefer: respond-async, so that it is done beside requests, ` +
        'or raise the setting OPERATION_CHANGES_MAX.',
    });
  }
}

/** Erases resources, and records of patients, for good (ADR 88). */
@Injectable()
export class Erasure {
  // oxlint-disable-next-line max-params -- Nest injects them
  constructor(
    private readonly session: SqlSession,
    private readonly resources: ResourceRepository,
    private readonly contents: BinaryContents,
    private readonly sealer: AuditSealer,
    private readonly parameters: SearchParameters,
    private readonly usage: StorageUsage,
    private readonly definitions: SearchDefinitions,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {}

  /** Erases nothing; throws as {@link of} does. */
  async preview(context: RequestContext, root: ResourceKey, most: number): Promise<Erased> {
    const { plan, erased } = await this.planned(this.session.for(context.caller), root, most);
    requireRights(context, root, plan);
    note(context, root, 'preview of an erasure', erased);
    return erased;
  }

  /** Throws 404 where there is nothing, 422 where it is too much, and Refused for a caller who may not delete every row of its types. */
  async of(context: RequestContext, root: ResourceKey, { most, keep }: ErasureCall): Promise<Erased> {
    // Events of before find whose record they are about by rows that are still there.
    if (this.options.audit) await this.sealer.catchUp();
    const { left, erased } = await this.resources
      .transaction(context.caller, async (tx) => {
        const { plan, jobs, erased: done } = await tx.beside((session) => this.planned(session, root, most));
        requireRights(context, root, plan);
        note(context, root, 'erasure', done);
        const changes = plan.resources.filter(({ deleted }) => !deleted).map((key) => deletion(context, key));
        const size = this.options.referentialIntegrity ? changes.length : atOnce;
        for (let first = 0; first < changes.length; first += size) await tx.write(changes.slice(first, first + size));
        const rows = await tx.beside(async (session) => {
          await removeJobs(session, jobs);
          return eraseRows(session, plan);
        });
        await keep?.(tx, done);
        return { left: rows, erased: done };
      })
      .catch(throwFirst);
    this.usage.add({ resources: 0, bytes: -left.bytes });
    for (const contentId of left.contents) await this.contents.discard({ contentId });
    if (erased.jobs > 0) await this.contents.discardOld().catch(() => undefined);
    return erased;
  }

  private async planned(session: SqlSession, root: ResourceKey, most: number) {
    this.definitions.requireSearchable();
    const plan = await planErasure(session, root, most).catch((error: unknown) => {
      throw error instanceof ErasureTooLarge ? new TooManyToErase(most) : error;
    });
    const { resources, superseded, shared } = plan;
    if (resources.length + superseded.length + shared.length === 0) throw new ResourceNotFound(root);
    const jobs = await jobsHolding(session, plan);
    const codes = new Map(
      [...new Set(resources.map(({ type }) => type))].map((type) => [type, referringCodes(this.parameters, type)]),
    );
    const referrers = await referrersOf(session, plan, (type) => codes.get(type)!, mostNamed);
    const named = referrers.filter((key) => !shared.includes(key));
    const counts = countByType(resources);
    const erased = { counts, superseded: superseded.length, jobs: jobs.length, shared, referrers: named };
    return { plan, jobs, erased };
  }
}

/** The right to delete every row of each type that goes: who deletes some rows only does not erase those of others. */
function requireRights(context: RequestContext, { type, id }: ResourceKey, plan: ErasurePlan): void {
  const types = new Set([...plan.resources, ...plan.superseded].map((one) => one.type));
  const declared = [...types].map((one) => ({ permission: 'd', type: one, everyRow: true }) as const);
  const interaction = { kind: 'operation', operation: 'purge', type, id, query: new URLSearchParams() } as const;
  if (declared.length > 0) decide(context, { interaction, declared }).require();
}

const deletion = (context: RequestContext, { type, id }: ResourceKey): Delete => ({
  kind: 'delete',
  access: context.accessToErase(type),
  type,
  id,
});

/** One AuditEvent has it: whose record, and how much of it; the single resources are not named. */
function note({ trail }: RequestContext, { type, id }: ResourceKey, name: string, erased: Erased): void {
  if (!trail) return;
  const details: ServerUse['details'] = [
    ['resource', `${type}/${id}`],
    ...[...erased.counts].map(([one, count]) => [one, String(count)] as const),
    ['superseded versions', String(erased.superseded)],
    ['jobs', String(erased.jobs)],
  ];
  trail.erasure = { patients: type === 'Patient' ? [id] : [], object: { name, details } };
}

import { Inject, Injectable } from '@nestjs/common';
import { ResourceNotFound, type Issue } from '../../../r4/errors/fhir-error.js';
import type { Criterion } from '../../../r4/search/query/criterion.js';
import type { RequestContext } from '../../../scope/request-context.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import { SearchHooks } from '../../hooks/search-hooks.js';
import { allAccesses } from '../../interactions/search/linked-accesses.js';
import { readSearch } from '../../interactions/search/read-search.js';
import { SearchInteraction } from '../../interactions/search/search.interaction.js';
import { Terminology } from '../../interactions/terminology/terminology.js';
import type { Snapshot } from '../../storage/exporting/export-rows.js';
import type { ChosenRows } from '../../storage/exporting/plan-chunks.js';
import { ResourceRepository } from '../../storage/resource.repository.js';
import { type Members, membersOf } from './group-members.js';
import { accessesTo, fingerprintOfTypes, mayReach } from './export-access.js';
import { missingPatients } from './named-patients.js';
import { PatientBlocks } from './patient-blocks.js';
import { type ExportRequest, offeredTypes, organizer } from './read-export.js';

/** Decides which rows an export hands out: each is judged as a search and a read of its caller judge it (ADR 78). */
@Injectable()
export class ExportPlanner {
  // oxlint-disable-next-line max-params -- Nest injects them
  constructor(
    private readonly searches: SearchInteraction,
    private readonly hooks: SearchHooks,
    private readonly terminology: Terminology,
    private readonly resources: ResourceRepository,
    private readonly blocks: PatientBlocks,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {}

  /** Before it is begun: throws 403 for types out of reach, 404 for a Group out of reach, 400 for filters that cannot be. */
  async check(context: RequestContext, request: ExportRequest): Promise<void> {
    for (const type of typesOf(context, request)) await this.alternatives(context, request, type);
    if (request.isByPatient) this.blocks.check(context, blockTypesOf(context, request));
    if (request.group === undefined) return;
    const { group } = request;
    const found = await this.resources.find(context.accessTo('Group', 'r'), group);
    if (!found || found.deleted) throw new ResourceNotFound({ type: 'Group', id: group });
  }

  /** Plans all of it in one snapshot; returns remarks for its caller. */
  async plan(context: RequestContext, request: ExportRequest, snapshot: Snapshot): Promise<readonly Issue[]> {
    const members = await this.members(context, request, snapshot);
    const { records, remarks } = recordsOf(request, members?.patients);
    const types = typesOf(context, request);
    const add = async (type: string, more: Partial<ChosenRows>): Promise<void> => {
      const accesses = accessesTo(context, type);
      const { since, until } = request;
      const alternatives = await this.alternatives(context, request, type);
      const rows = {
        kind: 'output',
        accesses,
        fingerprint: fingerprintOfTypes(context, [type]),
        alternatives,
        since,
        until,
      } as const;
      await snapshot.add({ ...rows, ...more }, (one) => context.accessTo(one, 's'));
    };
    for (const type of types.filter((one) => !isDerived(request, one))) {
      // Other Groups name patients who are strangers to this one.
      const chosen = type === 'Group' && members ? { ids: members.groups.slice(0, 1) } : { records };
      await add(type, chosen);
      if (request.since !== undefined) await add(type, { ...chosen, kind: 'deleted' });
    }
    const about = provenancesOf(request, types);
    if (about && mayReach(context, 'Provenance')) await add('Provenance', { about });
    const unplaced = request.isByPatient
      ? await this.blocks.add(context, blockTypesOf(context, request), { records, snapshot })
      : [];
    const missing = await missingPatients(context, this.hooks, { request, records, snapshot });
    return [...request.remarks, ...remarks, ...missing, ...unplaced];
  }

  private async members(
    context: RequestContext,
    { group }: ExportRequest,
    { resources: from }: Snapshot,
  ): Promise<Members | undefined> {
    if (group === undefined) return undefined;
    return membersOf({ access: context.accessTo('Group', 'r'), base: this.options.base, from }, group);
  }

  /** The criteria of a type, of which one list has to hold. */
  private async alternatives(
    context: RequestContext,
    { filters }: ExportRequest,
    type: string,
  ): Promise<ChosenRows['alternatives']> {
    const asked: readonly (readonly Criterion[])[] = filters.get(type)?.map((query) => {
      const read = readSearch(context, { address: { type }, query, handling: 'strict' }, this.searches);
      return read.asked[0]!;
    }) ?? [[]];
    const narrowed = await this.hooks.narrow(
      context,
      asked.map((criteria) => ({ type, criteria })),
    );
    const expanded = await this.terminology.expand(context, narrowed, this.resources);
    return expanded.some((criteria) => criteria.length === 0) ? [] : expanded;
  }
}

/** Types of which an export by patient has something: a header names each Patient. */
const blockTypesOf = (context: RequestContext, request: ExportRequest): readonly string[] => {
  const types = typesOf(context, request);
  const about = provenancesOf(request, types) && mayReach(context, 'Provenance') ? ['Provenance'] : [];
  return [...new Set([...types, ...about, organizer])].toSorted();
};

/** The types that are asked for, all of which the caller has to reach; or all that the caller reaches. */
function typesOf(context: RequestContext, { level, types }: ExportRequest): readonly string[] {
  if (types) {
    for (const permission of ['s', 'r'] as const) allAccesses(context, types, permission);
    return types;
  }
  // Each request makes an AuditEvent, so these come only for who names them.
  return offeredTypes[level].filter((type) => type !== 'AuditEvent' && mayReach(context, type));
}

/** Provenances belong to the record of what they are about. */
const isDerived = ({ level }: ExportRequest, type: string): boolean => type === 'Provenance' && level !== 'system';

/** Provenances that come because of what they are about. */
function provenancesOf(request: ExportRequest, types: readonly string[]): ChosenRows['about'] {
  if (!types.includes('Provenance')) return request.provenances;
  return isDerived(request, 'Provenance') ? 'relevant' : undefined;
}

interface Records {
  readonly records: ChosenRows['records'];
  readonly remarks: readonly Issue[];
}

/** Whose records are exported; patients who were named and are no members are told. */
function recordsOf({ level, patients }: ExportRequest, members: readonly string[] | undefined): Records {
  if (level === 'system') return { records: undefined, remarks: [] };
  if (!members) return { records: patients ?? 'any', remarks: [] };
  if (!patients) return { records: members, remarks: [] };
  const known = new Set(members);
  const remarks = patients
    .filter((one) => !known.has(one))
    .map((one): Issue => {
      const diagnostics = `${one} is no active member of the Group, so nothing of that record is exported.`;
      return { severity: 'warning', code: 'not-found', diagnostics };
    });
  return { records: patients.filter((one) => known.has(one)), remarks };
}

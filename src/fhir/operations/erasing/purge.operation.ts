import { Inject, Injectable } from '@nestjs/common';
import { Administration } from '../../../scope/administration/administration.js';
import { compartmentMembers } from '../../../r4/model/compartments.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import type { ResourceRepository } from '../../storage/resource.repository.js';
import { countParameters, declaredCounts } from '../counts-by-type.js';
import type { AtomicCall } from '../jobs/atomic-operation.js';
import type { Operation, OperationDeclaration } from '../operation.js';
import { type Erased, Erasure } from './erasure.js';

/** Types that hold data of people; definitions are deleted, and AuditEvents go by AUDIT_RETENTION. */
export const erasableTypes: readonly string[] = [
  ...new Set([
    ...compartmentMembers('Patient').filter((type) => type !== 'AuditEvent'),
    'Binary',
    'Contract',
    'Device',
    'Endpoint',
    'Group',
    'GuidanceResponse',
    'HealthcareService',
    'Location',
    'Medication',
    'Organization',
    'Patient',
    'Practitioner',
    'PractitionerRole',
    'Substance',
    'Task',
  ]),
].toSorted();

const declaration = {
  code: 'purge',
  level: ['instance'],
  types: erasableTypes,
  affectsState: true,
  async: true,
  access: [
    { permission: 'd', administers: 'Data' },
    { permission: 'd', everyRow: true },
  ],
  also: 'any',
  parameters: [
    {
      name: 'preview',
      type: 'boolean',
      documentation: 'Erase nothing, and say what would go and what would stay.',
    },
  ],
  returns: [
    { name: 'preview', type: 'boolean', min: 1, documentation: 'True if nothing was erased.' },
    declaredCounts('erased', 'Resources of one type that go, with all their versions.'),
    {
      name: 'superseded',
      type: 'unsignedInt',
      min: 1,
      documentation: 'Old versions that go, of resources that are in the record of somebody else by now.',
    },
    {
      name: 'jobs',
      type: 'unsignedInt',
      min: 1,
      documentation:
        'Exports, imports and results of calls that go with their files, since they may hold something of it.',
    },
    {
      name: 'kept',
      type: 'Reference',
      max: '*',
      documentation:
        'A resource that stays, since it is in the record of another patient, or of use to other resources, as well.',
    },
    {
      name: 'referrer',
      type: 'Reference',
      max: '*',
      documentation: 'A resource that stays and refers to what goes; 100 at most are named.',
    },
  ],
  documentation:
    'Erases a resource with its history, index and content for good; a Patient with the whole record. Afterwards a read is 404, not 410, and ' +
    'the id is free. Needs the right admin/Data.d beside delete on every row of each type, and refuses what other records hold. Call it ' +
    'with preview first. Parameters: preview.',
} as const satisfies OperationDeclaration;

/** Times the usual number of resources that a call which is answered later may erase. */
const laterTimes = 100;
export const usualChanges = 1000;

/** `[type]/[id]/$purge` (ADR 88). */
@Injectable()
export class PurgeOperation implements Operation<typeof declaration> {
  readonly declaration = declaration;

  constructor(
    private readonly erasure: Erasure,
    private readonly administration: Administration,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {}

  async run({ context, type, id, parameters, isLater, keep }: AtomicCall<typeof declaration>): Promise<object> {
    // The account may have lost the right since its token was made.
    await this.administration.require(context, 'Data', 'd');
    const { changesMax: usual = usualChanges } = this.options;
    const isPreview = parameters.preview === true;
    const most = isLater || isPreview ? usual * laterTimes : usual;
    const root = { type: type!, id: id! };
    if (isPreview) return answerOf(await this.erasure.preview(context, root, most), isPreview);
    const keeping = (tx: ResourceRepository, erased: Erased): Promise<void> => keep(tx, answerOf(erased, isPreview));
    return answerOf(await this.erasure.of(context, root, { most, keep: keeping }), isPreview);
  }
}

const answerOf = ({ counts, superseded, jobs, shared, referrers }: Erased, isPreview: boolean): object => ({
  resourceType: 'Parameters',
  parameter: [
    { name: 'preview', valueBoolean: isPreview },
    ...countParameters('erased', counts),
    { name: 'superseded', valueUnsignedInt: superseded },
    { name: 'jobs', valueUnsignedInt: jobs },
    ...shared.map((reference) => ({ name: 'kept', valueReference: { reference } })),
    ...referrers.map((reference) => ({ name: 'referrer', valueReference: { reference } })),
  ],
});

import { Injectable } from '@nestjs/common';
import type { Issue } from '../../../r4/errors/fhir-error.js';
import { patientCompartmentParameters } from '../../../r4/model/patient-compartment.js';
import { SearchParameters } from '../../../r4/search/parameters/search-parameters.js';
import { Refused, type Refusal } from '../../../refusal/refusal.js';
import { writtenPaths } from '../../../scope/policies/judge-policies.js';
import { touched } from '../../../scope/policies/masked-constraints.js';
import type { RequestContext } from '../../../scope/request-context.js';
import { SearchHooks } from '../../hooks/search-hooks.js';
import { allAccesses } from '../../interactions/search/linked-accesses.js';
import type { Snapshot } from '../../storage/exporting/export-rows.js';
import type { ChosenRows } from '../../storage/exporting/plan-chunks.js';
import { fingerprintOfTypes } from './export-access.js';
import { reachedPatients } from './named-patients.js';

/** Exports of which files have a block of each patient (`organizeOutputBy=Patient`, ADR 107). */
@Injectable()
export class PatientBlocks {
  constructor(
    private readonly hooks: SearchHooks,
    private readonly parameters: SearchParameters,
  ) {}

  /** Throws {@link Refused} for a caller who does not reach Patients, or is not shown whose record something is in. */
  check(context: RequestContext, types: readonly string[]): void {
    for (const permission of ['s', 'r'] as const) allAccesses(context, ['Patient'], permission);
    const [first, ...others] = types.flatMap((type) => this.maskedIn(context, type));
    if (first) throw new Refused([first, ...others]);
  }

  /** Puts what is planned into blocks, of patients within reach; returns what is in no block. */
  async add(
    context: RequestContext,
    types: readonly string[],
    { records, snapshot }: { readonly records: ChosenRows['records']; readonly snapshot: Snapshot },
  ): Promise<readonly Issue[]> {
    this.check(context, types);
    const patients = await reachedPatients(context, this.hooks, { records });
    await snapshot.add(patients, (type) => context.accessTo(type, 's'));
    const unplaced = await snapshot.organize({
      types,
      type: types.join(','),
      fingerprint: fingerprintOfTypes(context, types),
    });
    if (unplaced.length === 0) return [];
    const counts = unplaced.map(({ type, count }) => `${count} ${type}`).join(', ');
    const diagnostics = `${counts}: in the record of no patient within reach, so left out. Without organizeOutputBy, an export has them.`;
    return [{ severity: 'warning', code: 'incomplete', diagnostics }];
  }

  /** Blocks would tell whose record a resource is in. */
  private maskedIn(context: RequestContext, type: string): readonly Refusal[] {
    const codes = type === 'Provenance' ? ['target'] : patientCompartmentParameters(type);
    return context.masksOf(type).flatMap((mask) => {
      const elements = codes.flatMap((code) => touched(this.parameters.find(type, code), type, mask));
      if (elements.length === 0) return [];
      const fact = `organizeOutputBy=Patient tells whose record each ${type} is in; the policy ${mask.policy} masks ${writtenPaths(type, elements)}.`;
      return [
        {
          code: 'element-masked',
          fact,
          cure: `Leave organizeOutputBy out, or name types in _type, without ${type}.`,
        } as const,
      ];
    });
  }
}

import { Inject, Injectable } from '@nestjs/common';
import { InvalidRequest } from '../../../r4/errors/fhir-error.js';
import { printable } from '../../../r4/errors/request-errors.js';
import { readStored } from '../../../r4/json/stored-json.js';
import { parseReference } from '../../../r4/model/reference.js';
import { isResourceType, resourceTypes } from '../../../r4/model/resource-types.js';
import { difference } from '../../../r4/patch/difference/difference.js';
import type { RequestContext } from '../../../scope/request-context.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import { ReadInteraction } from '../../interactions/read.interaction.js';
import { VreadInteraction } from '../../interactions/vread.interaction.js';
import type { StoredVersion } from '../../storage/reading/stored-version.js';
import type { Operation, OperationCall, OperationDeclaration } from '../operation.js';

const declaration = {
  code: 'diff',
  level: ['system', 'type', 'instance'],
  types: [...resourceTypes],
  affectsState: false,
  access: [{ permission: 'r' }],
  parameters: [
    {
      name: 'fromVersion',
      type: 'id',
      documentation: 'Of one resource: the version before; the last but one unless said.',
    },
    {
      name: 'toVersion',
      type: 'id',
      documentation: 'Of one resource: the version after; the current one unless said.',
    },
    { name: 'from', type: 'uri', documentation: 'Of two resources: the one, as Patient/1 or Patient/1/_history/2.' },
    { name: 'to', type: 'uri', documentation: 'Of two resources: the other, of the same type.' },
    { name: 'includeMeta', type: 'boolean', documentation: 'Compare meta as well.' },
  ],
  returns: [
    { name: 'return', type: 'Parameters', min: 1, documentation: 'A FHIRPath Patch; empty where nothing differs.' },
  ],
  documentation:
    'The difference of two versions of a resource, or of two resources, as the FHIRPath Patch that leads from one to the other. ' +
    'Their ids are not compared. Parameters: fromVersion and toVersion, or from and to; includeMeta.',
} as const satisfies OperationDeclaration;

type Call = OperationCall<typeof declaration>;

/** A resource, or one of its versions. */
interface Named {
  readonly type: string;
  readonly id: string;
  readonly versionId?: string | undefined;
}

/** `$diff`: both sides are read as their reader would read them, so that what is masked does not differ (ADR 81). */
@Injectable()
export class DiffOperation implements Operation<typeof declaration> {
  readonly declaration = declaration;

  constructor(
    private readonly reading: ReadInteraction,
    private readonly versions: VreadInteraction,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {}

  async run(call: Call): Promise<object> {
    const [from, to] = call.id === undefined ? await this.resources(call) : await this.versionsOf(call, call.id);
    const without = call.parameters.includeMeta ? ['id'] : ['id', 'meta'];
    return difference(await readStored(from.body), await readStored(to.body), { without });
  }

  private async versionsOf({ context, type = '', parameters }: Call, id: string) {
    const { fromVersion, toVersion, from, to } = parameters;
    if (from !== undefined || to !== undefined) {
      throw wrong(
        `Versions of ${type}/${id} are named by fromVersion and toVersion. Resources are compared by ${type}/$diff?from=…&to=…`,
      );
    }
    const after = await this.find(context, { type, id, versionId: toVersion });
    if (fromVersion === undefined && after.versionId === 1)
      throw wrong(`Version 1 of ${type}/${id} is its first, so that there is none before. Name one by fromVersion.`);
    const before = fromVersion ?? String(after.versionId - 1);
    return [await this.find(context, { type, id, versionId: before }), after] as const;
  }

  private async resources({ context, type, parameters }: Call) {
    const { fromVersion, toVersion } = parameters;
    if (fromVersion !== undefined || toVersion !== undefined) {
      throw wrong(
        'fromVersion and toVersion are of one resource: <type>/<id>/$diff. Two resources are named by from and to.',
      );
    }
    const [from, to] = [this.named('from', parameters.from), this.named('to', parameters.to)];
    const other = [from, to].find((one) => one.type !== (type ?? from.type));
    if (other)
      throw wrong(`Two resources of one type are compared, and ${other.type}/${other.id} is no ${type ?? from.type}.`);
    return [await this.find(context, from), await this.find(context, to)] as const;
  }

  private named(parameter: 'from' | 'to', text: string | undefined): Named {
    if (text === undefined) throw wrong('$diff of two resources needs from and to, as from=Patient/1&to=Patient/2.');
    const found = parseReference(text, this.options.base);
    if (!found || !isResourceType(found.type))
      throw wrong(
        `${parameter}=${printable(text)} names no resource of this server, as Patient/1 or Patient/1/_history/2.`,
      );
    return found;
  }

  private find(context: RequestContext, { type, id, versionId }: Named): Promise<StoredVersion> {
    if (versionId === undefined) return this.reading.run(context, type, id);
    return this.versions.run(context, type, id, versionId);
  }
}

const wrong = (diagnostics: string): InvalidRequest => new InvalidRequest({ code: 'invalid', diagnostics });

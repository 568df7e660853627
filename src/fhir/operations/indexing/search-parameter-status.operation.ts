import { Injectable } from '@nestjs/common';
import type { JsonObject } from '../../../r4/json/json.js';
import { readDefinition } from '../../../r4/search/parameters/custom-definition.js';
import { SearchParameters } from '../../../r4/search/parameters/search-parameters.js';
import { SearchDefinitions } from '../../storage/indexing/search-definitions.js';
import type { Operation, OperationCall, OperationDeclaration } from '../operation.js';

interface Status {
  readonly state: 'document' | 'building' | 'active' | 'failed';
  readonly progress?: number;
  readonly reason?: string | undefined;
}

const declaration = {
  code: 'status',
  level: ['instance'],
  types: ['SearchParameter'],
  affectsState: false,
  // The progress of an index tells how many rows there are: for callers who may define (docs/adr/0037).
  access: [{ permission: 'r' }, { permission: 'u' }],
  target: true,
  returns: [
    { name: 'state', type: 'code', min: 1, documentation: 'document, building, active or failed.' },
    { name: 'progress', type: 'integer', documentation: 'Percent of the rows that are indexed.' },
    { name: 'reason', type: 'string', documentation: 'Why searches do not go by it.' },
  ],
  documentation: 'Whether searches go by the parameter (active), how far its index is, or why they never will.',
} as const satisfies OperationDeclaration;

/** `GET SearchParameter/1/$status`: whether searches go by it, or how far that is. */
@Injectable()
export class SearchParameterStatusOperation implements Operation<typeof declaration> {
  readonly declaration = declaration;

  constructor(
    private readonly definitions: SearchDefinitions,
    private readonly parameters: SearchParameters,
  ) {}

  async run({ id = '', target }: OperationCall<typeof declaration>): Promise<object> {
    await this.definitions.poll();
    const { state, progress, reason } = this.statusOf(id, target);
    return {
      resourceType: 'Parameters',
      parameter: [
        { name: 'state', valueCode: state },
        ...(progress === undefined ? [] : [{ name: 'progress', valueInteger: progress }]),
        ...(reason === undefined ? [] : [{ name: 'reason', valueString: reason }]),
      ],
    };
  }

  private statusOf(id: string, resource: JsonObject): Status {
    const row = this.definitions.definedBy(id);
    if (row?.state === 'building') return { state: 'building', progress: this.definitions.progressOf(row.job) };
    if (row?.state === 'failed') return { state: 'failed', reason: row.reason ?? undefined };
    if (row?.state === 'active') return { state: 'active', progress: 100 };
    const definition = readDefinition(resource, this.parameters);
    if (definition.kind === 'document') return { state: 'document', reason: definition.why };
    return { state: 'document', reason: 'another SearchParameter resource defines its url, or the server did before' };
  }
}

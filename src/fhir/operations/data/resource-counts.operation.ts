import { Injectable } from '@nestjs/common';
import { InvalidRequest } from '../../../r4/errors/fhir-error.js';
import { printable } from '../../../r4/errors/request-errors.js';
import { resourceTypes, suggestType } from '../../../r4/model/resource-types.js';
import type { RequestContext } from '../../../scope/request-context.js';
import { SearchHooks } from '../../hooks/search-hooks.js';
import { allAccesses } from '../../interactions/search/linked-accesses.js';
import { narrowedTargets } from '../../interactions/search/narrowed-targets.js';
import { wholeSystem } from '../../interactions/search/whole-system.js';
import { Terminology } from '../../interactions/terminology/terminology.js';
import { ResourceRepository } from '../../storage/resource.repository.js';
import { SearchOverview } from '../../storage/searching/search-overview.js';
import type { Operation, OperationCall, OperationDeclaration } from '../operation.js';

/** Rows of a type that are counted; beyond, there are so many at least. */
const mostCounted = 10_000;

const declaration = {
  code: 'get-resource-counts',
  level: ['system'],
  affectsState: false,
  access: [{ permission: 's' }],
  parameters: [
    {
      name: '_type',
      type: 'code',
      max: '*',
      documentation: 'Types, with commas between; all that may be searched, apart from AuditEvent, by default.',
    },
    { name: 'accurate', type: 'boolean', documentation: `Count further than ${mostCounted} of each type.` },
  ],
  returns: [
    {
      name: 'Patient',
      type: 'integer',
      max: '*',
      documentation: 'The number of resources of a type, by its name, where there is one at least.',
    },
    {
      name: 'at-least',
      type: 'code',
      max: '*',
      documentation: 'A type of which there may be more than were counted.',
    },
  ],
  documentation:
    `The number of resources of each type that the token can find; of each type it counts ${mostCounted}, and says so, unless ` +
    'accurate is true. Parameters: _type, accurate.',
} as const satisfies OperationDeclaration;

type Call = OperationCall<typeof declaration>;

/** `$get-resource-counts`: counts within the caller's reach, judged as the total of a search (ADR 81). */
@Injectable()
export class ResourceCountsOperation implements Operation<typeof declaration> {
  readonly declaration = declaration;

  constructor(
    readonly hooks: SearchHooks,
    readonly terminology: Terminology,
    readonly resources: ResourceRepository,
    private readonly overview: SearchOverview,
  ) {}

  async run({ context, parameters: { _type: named, accurate } }: Call): Promise<object> {
    const types = typesIn(context, named);
    const asked = types.map((type) => ({ type, criteria: [] }));
    const targets = await narrowedTargets(this, context, asked);
    const most = accurate ? 2 ** 31 - 1 : mostCounted;
    const counts = await this.overview.countByType(targets, (type) => context.accessTo(type, 's'), most);
    const counted = types.flatMap((type) => {
      const total = counts.get(type) ?? 0;
      return total === 0 ? [] : [{ name: type, valueInteger: total }];
    });
    const further = counted.filter(({ valueInteger }) => valueInteger === most);
    const parameter = [...counted, ...further.map(({ name }) => ({ name: 'at-least', valueCode: name }))];
    return { resourceType: 'Parameters', ...(parameter.length > 0 && { parameter }) };
  }
}

/** Throws 400 for what is no type, and Refused for types out of reach that are named. */
function typesIn(context: RequestContext, named: readonly string[]): readonly string[] {
  if (named.length === 0) return wholeSystem.filter((type) => context.may(type, 's'));
  const types = [...new Set(named.flatMap((text) => text.split(',')))].toSorted();
  const wrong = types.filter((type) => !resourceTypes.has(type)).map(unknownType);
  if (wrong.length > 0) throw new InvalidRequest(...wrong);
  allAccesses(context, types, 's');
  return types;
}

function unknownType(name: string) {
  const suggestion = suggestType(name);
  const advice = suggestion === undefined ? '' : ` Did you mean ${suggestion}?`;
  return {
    code: 'invalid',
    diagnostics: `_type: "${printable(name)}" is not a FHIR R4 resource type.${advice}`,
  };
}

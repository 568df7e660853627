import { Injectable } from '@nestjs/common';
import { SearchInteraction } from '../interactions/search/search.interaction.js';
import { textOf } from '../../r4/json/items.js';
import type { JsonObject } from '../../r4/json/json.js';
import { JsonAnswer, type Operation, type OperationCall, type OperationDeclaration } from './operation.js';

/** Summary of episode note: the C-CDA document that summarises a patient's record. */
const summary = 'http://loinc.org|34133-9';

const newestSummary: readonly [string, string][] = [
  ['type', summary],
  ['_sort', '-date'],
  ['_count', '1'],
];

const declaration = {
  code: 'docref',
  level: ['type'],
  types: ['DocumentReference'],
  affectsState: false,
  access: [{ permission: 's', type: 'DocumentReference' }],
  parameters: [
    { name: 'patient', type: 'id', min: 1, documentation: 'The id of a Patient.' },
    { name: 'start', type: 'dateTime', documentation: 'The care ended at that time or later.' },
    { name: 'end', type: 'dateTime', documentation: 'The care began at that time or earlier.' },
    { name: 'type', type: 'Coding', max: '*', token: true, documentation: 'Types of documents; any of them.' },
    { name: 'on-demand', type: 'boolean', documentation: 'Documents that are made on demand: there are none.' },
  ],
  returns: [{ name: 'return', type: 'Bundle', min: 1, documentation: 'A searchset of DocumentReferences.' }],
  definition: 'http://hl7.org/fhir/us/core/OperationDefinition/docref',
  documentation:
    'The current documents about a patient, by type and by the time of the care; the newest summary (LOINC 34133-9) if neither ' +
    'is given. Documents are not made on demand. Parameters: patient, start, end, type, on-demand.',
} as const satisfies OperationDeclaration;

type Call = OperationCall<typeof declaration>;

/**
 * `DocumentReference/$docref` of US Core (http://hl7.org/fhir/us/core/OperationDefinition/docref): the documents about a
 * patient that are stored. A search in another form: each row is judged as in any search.
 */
@Injectable()
export class DocrefOperation implements Operation<typeof declaration> {
  readonly declaration = declaration;

  constructor(private readonly searches: SearchInteraction) {}

  async run({ context, parameters, budget }: Call): Promise<object> {
    // Nothing is made on demand, so nothing is there that is only on demand.
    if (parameters['on-demand']) return { resourceType: 'Bundle', type: 'searchset', total: 0 };
    const address = { type: 'DocumentReference' };
    const search = searchOf(parameters);
    return new JsonAnswer(await this.searches.run(context, address, search, { handling: 'strict', budget }));
  }
}

function searchOf({ patient, type, start, end }: Call['parameters']): URLSearchParams {
  const wanted: readonly [string, string][] = [
    ...(type.length > 0 ? [['type', type.map(tokenOf).join(',')] as [string, string]] : []),
    ...(start === undefined ? [] : [['period', `ge${start}`] as [string, string]]),
    ...(end === undefined ? [] : [['period', `le${end}`] as [string, string]]),
  ];
  return new URLSearchParams([
    ['patient', patient],
    ['status', 'current'],
    ...(wanted.length > 0 ? wanted : newestSummary),
  ]);
}

function tokenOf({ system, code }: JsonObject): string {
  return system === undefined ? escaped(textOf(code)) : `${escaped(textOf(system))}|${escaped(textOf(code))}`;
}

const escaped = (text: string): string => text.replace(/[\\,|$]/g, '\\$&');

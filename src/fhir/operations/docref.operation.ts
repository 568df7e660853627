import { objectsOf } from '../../r4/json/items.js';
import { Injectable } from '@nestjs/common';
import { SearchInteraction } from '../interactions/search/search.interaction.js';
import { isObject, type JsonObject } from '../../r4/json/json.js';
import { NotThisResource, printable } from '../../r4/errors/request-errors.js';
import { JsonAnswer, type Operation, type OperationCall, type OperationDeclaration } from './operation.js';

/** Summary of episode note: the C-CDA document that summarises a patient's record. */
const summary = 'http://loinc.org|34133-9';
const names = ['patient', 'start', 'end', 'type', 'on-demand'] as const;
type Name = (typeof names)[number];

const newestSummary: readonly [string, string][] = [
  ['type', summary],
  ['_sort', '-date'],
  ['_count', '1'],
];

/**
 * `DocumentReference/$docref` of US Core (http://hl7.org/fhir/us/core/OperationDefinition/docref): the documents about a
 * patient that are stored. A search in another form: each row is judged as in any search.
 */
@Injectable()
export class DocrefOperation implements Operation {
  readonly declaration: OperationDeclaration = {
    code: 'docref',
    level: ['type'],
    types: ['DocumentReference'],
    affectsState: false,
    access: [{ permission: 's', type: 'DocumentReference' }],
    definition: 'http://hl7.org/fhir/us/core/OperationDefinition/docref',
    documentation:
      'The current documents about a patient, by type and by the time of the care; the newest summary (LOINC 34133-9) if neither ' +
      'is given. Documents are not made on demand. Parameters: patient, start, end, type, on-demand.',
  };

  constructor(private readonly searches: SearchInteraction) {}

  async run({ context, query, input, budget }: OperationCall): Promise<object> {
    const given = readParameters(query, input);
    const search = searchOf(given);
    // Nothing is made on demand, so nothing is there that is only on demand.
    if (given.get('on-demand')?.[0] === 'true') return { resourceType: 'Bundle', type: 'searchset', total: 0 };
    const address = { type: 'DocumentReference' };
    return new JsonAnswer(await this.searches.run(context, address, search, { handling: 'strict', budget }));
  }
}

type Parameters = ReadonlyMap<string, readonly string[]>;

function searchOf(given: Parameters): URLSearchParams {
  const all = (name: Name): readonly string[] => given.get(name) ?? [];
  const [patient] = all('patient');
  if (patient === undefined) throw wrong('$docref needs the parameter patient: the id of a Patient.');
  const types: readonly [string, string][] = all('type').length > 0 ? [['type', all('type').join(',')]] : [];
  const starts = all('start').map((start): [string, string] => ['period', `ge${start}`]);
  const ends = all('end').map((end): [string, string] => ['period', `le${end}`]);
  const wanted = [...types, ...starts, ...ends];
  return new URLSearchParams([
    ['patient', patient],
    ['status', 'current'],
    ...(wanted.length > 0 ? wanted : newestSummary),
  ]);
}

/** From the query or from Parameters that were posted. Throws 400. */
function readParameters(query: URLSearchParams, input: JsonObject | undefined): Parameters {
  const found = new Map<string, string[]>();
  for (const [name, text] of [...inQuery(query), ...inParameters(input)]) {
    if (!isName(name)) throw wrong(`$docref has no parameter "${printable(name)}" here. It takes ${names.join(', ')}.`);
    found.set(name, [...(found.get(name) ?? []), text]);
  }
  const repeated = [...found].find(([name, texts]) => name !== 'type' && texts.length > 1);
  if (repeated) throw wrong(`$docref takes ${repeated[0]} once.`);
  return found;
}

const isName = (name: string): name is Name => (names as readonly string[]).includes(name);

const inQuery = (query: URLSearchParams): readonly (readonly [string, string])[] =>
  [...query].filter(([name]) => name !== '_format' && name !== '_pretty');

function inParameters(input: JsonObject | undefined): readonly (readonly [string, string])[] {
  const list = input?.['parameter'];
  return objectsOf(list).map(({ name, ...value }) => {
    const text = textOf(value);
    if (typeof name !== 'string' || text === undefined) {
      throw wrong('$docref takes valueId, valueString, valueDateTime, valueBoolean and valueCoding.');
    }
    return [name, text];
  });
}

function textOf({ valueId, valueString, valueDateTime, valueBoolean, valueCoding }: JsonObject): string | undefined {
  const text = valueId ?? valueString ?? valueDateTime;
  if (typeof text === 'string') return text;
  if (typeof valueBoolean === 'boolean') return String(valueBoolean);
  if (!isObject(valueCoding) || typeof valueCoding['code'] !== 'string') return undefined;
  const { system, code } = valueCoding;
  return typeof system === 'string' ? `${escaped(system)}|${escaped(code)}` : escaped(code);
}

const escaped = (text: string): string => text.replace(/[\\,|$]/g, '\\$&');

const wrong = (diagnostics: string): NotThisResource => new NotThisResource(diagnostics, 'Parameters.parameter');

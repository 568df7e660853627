import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { displayIn, listMembers, type Member } from '../../../r4/terminology/questions/list-concepts.js';
import type { ValueSet } from '../../../r4/terminology/value-set.js';
import type { Operation, OperationCall, OperationDeclaration } from '../operation.js';
import {
  answering,
  IncompleteQuestion,
  requireValueSet,
  TerminologyQuestions,
  txResource,
} from './terminology-questions.js';

/** Codes in one answer. */
const mostAnswered = 10_000;

export const expandDeclaration = {
  code: 'expand',
  level: ['type', 'instance'],
  types: ['ValueSet'],
  affectsState: false,
  access: [{ permission: 'r', type: 'ValueSet' }],
  also: [{ permission: 'r', type: 'CodeSystem' }],
  parameters: [
    { name: 'url', type: 'uri', documentation: 'Canonical of the value set, with or without version.' },
    { name: 'valueSetVersion', type: 'string', documentation: 'Its version.' },
    { name: 'valueSet', type: 'ValueSet', documentation: 'The value set itself.' },
    { name: 'filter', type: 'string', documentation: 'Words; each has to begin a word of the display, or the code.' },
    { name: 'offset', type: 'integer', documentation: 'Codes to leave out before the first.' },
    { name: 'count', type: 'integer', documentation: 'Codes in the answer; 0: only how many there are.' },
    { name: 'activeOnly', type: 'boolean', documentation: 'Leaves out what is not for use any more.' },
    { name: 'includeDesignations', type: 'boolean', documentation: 'With all designations.' },
    { name: 'includeDefinition', type: 'boolean', documentation: 'With what the value set says of itself.' },
    { name: 'excludeNested', type: 'boolean', documentation: 'Codes are never nested here.' },
    { name: 'displayLanguage', type: 'code', documentation: 'Language of the displays (BCP 47).' },
    txResource,
  ],
  returns: [{ name: 'return', type: 'ValueSet', min: 1, documentation: 'The value set with its expansion.' }],
  definition: 'http://hl7.org/fhir/OperationDefinition/ValueSet-expand',
  documentation:
    'The codes of a value set, by pages. Stored definitions that the caller may read, those of packages, and those of R4 count.',
} as const satisfies OperationDeclaration;

type Call = OperationCall<typeof expandDeclaration>;

/** https://hl7.org/fhir/R4/valueset-operation-expand.html */
@Injectable()
export class ExpandOperation implements Operation<typeof expandDeclaration> {
  readonly declaration = expandDeclaration;

  constructor(private readonly questions: TerminologyQuestions) {}

  async run({ context, id, parameters }: Call): Promise<object> {
    const { url, valueSetVersion: version, valueSet: sent, offset = 0, count } = parameters;
    if (offset < 0 || (count ?? 0) < 0) throw new IncompleteQuestion('"offset" and "count" are 0 or more.', 'value');
    const question = this.questions.open(context, [sent, ...parameters['tx-resource']]);
    const [name, valueSet] = await requireValueSet(question, { type: 'ValueSet', id, url, version, sent });
    return answering(async () => {
      const { filter, activeOnly } = parameters;
      const { list, total, systems } = await listMembers(question, name, {
        filter,
        activeOnly,
        offset,
        count,
        most: mostAnswered,
      });
      return {
        ...headOf(valueSet, parameters.includeDefinition ?? false),
        expansion: {
          identifier: `urn:uuid:${randomUUID()}`,
          timestamp: new Date().toISOString(),
          ...(total !== undefined && { total }),
          offset,
          parameter: [...echoOf(parameters), ...systems.map((valueUri) => ({ name: 'used-codesystem', valueUri }))],
          ...(list.length > 0 && { contains: list.map((one) => contained(one, parameters)) }),
        },
      };
    });
  }
}

/** `status` is required; R4's own are in use. */
const headOf = ({ head, url, version }: ValueSet, whole: boolean): object => {
  const told = whole ? head : { name: head['name'], title: head['title'], status: head['status'] };
  return {
    resourceType: 'ValueSet',
    ...(url !== '' && { url }),
    ...(version !== undefined && { version }),
    ...Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined)),
    status: head['status'] ?? 'active',
  };
};

const echoed = {
  filter: 'valueString',
  offset: 'valueInteger',
  count: 'valueInteger',
  activeOnly: 'valueBoolean',
  includeDesignations: 'valueBoolean',
  includeDefinition: 'valueBoolean',
  excludeNested: 'valueBoolean',
  displayLanguage: 'valueCode',
} as const;

const echoOf = (parameters: Call['parameters']): readonly object[] =>
  (Object.keys(echoed) as (keyof typeof echoed)[])
    .filter((name) => parameters[name] !== undefined)
    .map((name) => ({ name, [echoed[name]]: parameters[name] }));

function contained(member: Member, { includeDesignations, displayLanguage }: Call['parameters']): object {
  const { system, code, isAbstract, isInactive, designations } = member;
  const display = displayIn(member, displayLanguage);
  return {
    system,
    ...(isAbstract && { abstract: true }),
    ...(isInactive && { inactive: true }),
    code,
    ...(display !== undefined && { display }),
    ...(includeDesignations && designations.length > 0 && { designation: designations }),
  };
}

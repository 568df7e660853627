import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { parseCanonical } from '../../../r4/terminology/canonical.js';
import type { Designation } from '../../../r4/terminology/code-systems/concept.js';
import type { Expansion } from '../../../r4/terminology/value-sets/expansion.js';
import { languagesAsked } from '../../../r4/terminology/language.js';
import { listMembers, type MembersPage } from '../../../r4/terminology/questions/list-concepts.js';
import { displayIn, type Member } from '../../../r4/terminology/questions/member.js';
import { type Question, withSupplements } from '../../../r4/terminology/questions/question.js';
import { supplementName } from '../../../r4/terminology/code-systems/supplements.js';
import { doubtfulOf } from '../../../r4/terminology/questions/status-remarks.js';
import type { ValueSet } from '../../../r4/terminology/value-sets/value-set.js';
import { propertyExtensions, usedProperties } from './expansion-properties.js';
import { type MemberProperty, propertiesOf } from '../../../r4/terminology/questions/member-properties.js';
import { ResourceRepository } from '../../storage/resource.repository.js';
import type { Operation, OperationCall, OperationDeclaration } from '../operation.js';
import { contextParameter, valueSetNamed } from './bound-value-set.js';
import {
  answering,
  askedVersions,
  date,
  IncompleteQuestion,
  requireToday,
  requireValueSet,
  systemVersions,
  TerminologyQuestions,
  txResource,
  useSupplement,
} from './terminology-questions.js';

/** Codes in one answer. */
const mostAnswered = 10_000;

export const expandDeclaration = {
  code: 'expand',
  level: ['type', 'instance'],
  types: ['ValueSet'],
  affectsState: false,
  access: [{ permission: 'r', type: 'ValueSet' }],
  also: [
    { permission: 'r', type: 'CodeSystem' },
    { permission: 'r', type: 'StructureDefinition' },
  ],
  parameters: [
    { name: 'url', type: 'uri', documentation: 'Canonical of the value set, with or without version.' },
    { name: 'valueSetVersion', type: 'string', documentation: 'Its version.' },
    { name: 'valueSet', type: 'ValueSet', documentation: 'The value set itself.' },
    contextParameter,
    {
      name: 'contextDirection',
      type: 'code',
      documentation:
        'Direction of `context`, `incoming` or `outgoing`: elements are bound to the same value set in both.',
    },
    date,
    { name: 'filter', type: 'string', documentation: 'Words; each has to begin a word of the display, or the code.' },
    { name: 'offset', type: 'integer', documentation: 'Codes to leave out before the first.' },
    { name: 'count', type: 'integer', documentation: 'Codes in the answer; 0: only how many there are.' },
    { name: 'activeOnly', type: 'boolean', documentation: 'Leaves out what is not for use any more.' },
    { name: 'includeDesignations', type: 'boolean', documentation: 'With all designations.' },
    {
      name: 'designation',
      type: 'string',
      max: '*',
      documentation: 'With designations of this language (`urn:ietf:bcp:47|de`) or use (`system|code`).',
    },
    {
      name: 'property',
      type: 'string',
      max: '*',
      documentation:
        'With this property of the codes, by its code or uri, in the extensions for the elements of R5; `definition` is one too.',
    },
    { name: 'includeDefinition', type: 'boolean', documentation: 'With what the value set says of itself.' },
    { name: 'excludeNested', type: 'boolean', documentation: 'Codes are never nested here.' },
    {
      name: 'excludeNotForUI',
      type: 'boolean',
      documentation: 'Leaves out abstract codes, which are headings for people.',
    },
    {
      name: 'excludePostCoordinated',
      type: 'boolean',
      documentation: 'Post-coordinated codes are never listed here.',
    },
    {
      name: 'exclude-system',
      type: 'canonical',
      max: '*',
      documentation: 'Leaves out a code system, or one version of it: `system|version`.',
    },
    { name: 'displayLanguage', type: 'code', documentation: 'Language of the displays (BCP 47).' },
    ...systemVersions,
    useSupplement,
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

  constructor(
    private readonly questions: TerminologyQuestions,
    private readonly resources: ResourceRepository,
  ) {}

  async run({ context, id, parameters, languages }: Call): Promise<object> {
    const { valueSetVersion: version, valueSet: sent, offset = 0, count } = parameters;
    requireUnderstood(parameters);
    const url = await valueSetNamed({ context, resources: this.resources, isByAddress: id !== undefined }, parameters);
    const versions = askedVersions(parameters);
    const plain = this.questions.open(context, [sent, ...parameters['tx-resource']], { versions });
    const [name, valueSet] = await requireValueSet(plain, { type: 'ValueSet', id, url, version, sent });
    const displayLanguage = languagesAsked(parameters.displayLanguage, languages) ?? valueSet.language;
    const asked = { ...parameters, displayLanguage };
    return answering(async () => {
      const { filter, activeOnly, excludeNotForUI: selectableOnly, useSupplement: chosen } = parameters;
      const question = await withSupplements(plain, [...valueSet.supplements, ...chosen]);
      const wanted = { filter, activeOnly, selectableOnly, withoutSystems: parameters['exclude-system'] };
      const page = await listMembers(question, name, { ...wanted, offset, count, most: mostAnswered });
      const { list, total } = page;
      const properties = await propertiesOfAll(question, page, parameters.property);
      const used = usedProperties([...properties.values()].flat());
      return {
        ...headOf(valueSet, parameters.includeDefinition ?? false),
        expansion: {
          ...(used.length > 0 && { extension: used }),
          identifier: `urn:uuid:${randomUUID()}`,
          timestamp: new Date().toISOString(),
          ...(total !== undefined && { total }),
          // https://hl7.org/fhir/R4/valueset-definitions.html#ValueSet.expansion.offset: where paging is used
          ...((parameters.offset !== undefined || (count !== undefined && list.length !== total)) && { offset }),
          parameter: [...echoOf(asked, question), ...(await usedBy(question, valueSet, page))],
          ...(list.length > 0 && { contains: list.map((one) => contained(one, properties.get(one) ?? [], asked)) }),
        },
      };
    });
  }
}

/** Throws 400 for values that mean nothing, and 422 for another day than today. */
function requireUnderstood({
  offset = 0,
  count = 0,
  contextDirection = 'incoming',
  date: day,
}: Call['parameters']): void {
  if (offset < 0 || count < 0) throw new IncompleteQuestion('"offset" and "count" are 0 or more.', 'value');
  if (!directions.has(contextDirection))
    throw new IncompleteQuestion('"contextDirection" is "incoming" or "outgoing".', 'value');
  requireToday(day);
}

const directions: ReadonlySet<string> = new Set(['incoming', 'outgoing']);

/** Definitions that an expansion rests on, and those that should be used with care. */
async function usedBy(
  question: Question,
  valueSet: ValueSet,
  { systems, urls }: MembersPage,
): Promise<readonly object[]> {
  const doubtful = await doubtfulOf(question, valueSet, urls);
  return [
    ...systems.map((valueUri) => ({ name: 'used-codesystem', valueUri })),
    ...[...question.expansion.imported.keys()].map((valueUri) => ({ name: 'used-valueset', valueUri })),
    ...(question.supplements ?? []).map((one) => ({ name: 'used-supplement', valueUri: supplementName(one) })),
    ...doubtful.map(({ status, name }) => ({ name: `warning-${status}`, valueUri: name })),
  ];
}

async function propertiesOfAll(
  { source }: Question,
  { list, systems }: MembersPage,
  asked: readonly string[],
): Promise<ReadonlyMap<Member, readonly MemberProperty[]>> {
  // The code systems define the properties that are asked for; without any, they are not read.
  const found = asked.length > 0 ? await source.codeSystems(systems) : [];
  const byUrl = new Map(found.flatMap((system) => (system ? [[system.url, system] as const] : [])));
  return new Map(list.map((one) => [one, propertiesOf(one, asked, byUrl.get(one.system))]));
}

/** Elements of the value set that go with each expansion. */
const told = ['name', 'title', 'status', 'experimental'] as const;

/** `status` is required; R4's own are in use. */
const headOf = ({ head, url, version }: ValueSet, whole: boolean): object => {
  const said = whole ? head : Object.fromEntries(told.map((name) => [name, head[name]]));
  return {
    resourceType: 'ValueSet',
    ...(url !== '' && { url }),
    ...(version !== undefined && { version }),
    ...Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)),
    status: head['status'] ?? 'active',
  };
};

const echoed = {
  filter: 'valueString',
  offset: 'valueInteger',
  count: 'valueInteger',
  activeOnly: 'valueBoolean',
  includeDesignations: 'valueBoolean',
  excludeNested: 'valueBoolean',
  excludeNotForUI: 'valueBoolean',
  excludePostCoordinated: 'valueBoolean',
  displayLanguage: 'valueCode',
} as const;

const listed = {
  designation: 'valueString',
  property: 'valueString',
  'exclude-system': 'valueUri',
  'system-version': 'valueUri',
  'check-system-version': 'valueUri',
  'force-system-version': 'valueUri',
} as const;

/** `system-version` is told where it decided. */
const echoOf = (parameters: Call['parameters'], { expansion }: Question): readonly object[] => [
  ...(Object.keys(echoed) as (keyof typeof echoed)[])
    .filter((name) => parameters[name] !== undefined)
    .map((name) => ({ name, [echoed[name]]: parameters[name] })),
  ...(Object.keys(listed) as (keyof typeof listed)[]).flatMap((name) =>
    parameters[name]
      .filter((value) => name !== 'system-version' || isUsed(parseCanonical(value).url, expansion))
      .map((value) => ({ name, [listed[name]]: value })),
  ),
];

const isUsed = (system: string, expansion: Expansion): boolean =>
  expansion.named.has(system) && expansion.named.writtenVersionOf(system) === undefined;

function contained(member: Member, properties: readonly MemberProperty[], asked: Call['parameters']): object {
  const { system, version, code, isAbstract, isInactive } = member;
  const extensions = [...member.extensions, ...propertyExtensions(properties)];
  const display = displayIn(member, asked.displayLanguage);
  const designations = designationsIn(member, asked);
  return {
    ...(extensions.length > 0 && { extension: extensions }),
    system,
    ...(version !== undefined && { version }),
    ...(isAbstract && { abstract: true }),
    ...(isInactive && { inactive: true }),
    code,
    ...(display !== undefined && { display }),
    ...(designations.length > 0 && { designation: designations }),
  };
}

const languages = 'urn:ietf:bcp:47';

/** Requested designations; of each, as much as ValueSet.expansion.contains.designation has. */
function designationsIn(
  { designations }: Member,
  { includeDesignations, designation }: Call['parameters'],
): readonly Designation[] {
  if (designation.length === 0) return includeDesignations ? designations : [];
  const wanted = new Set(designation);
  return designations.filter(
    ({ language = '', use = {} }) =>
      wanted.has(`${languages}|${language}`) || wanted.has([use['system'], use['code']].join('|')),
  );
}

import { localReferenceParameter } from '../r4/search/index/index-references.js';
import { type IndexValues, unitSeparator } from '../r4/search/index/index-values.js';
import { hashToken } from '../r4/search/index/token-hash.js';

/**
 * Kinds of AuditEvents (docs/adr/0175): codes that many of them have together, with one hash in the index for all of them. A search for one
 * of the codes looks for each kind that has it. Rows name kinds by these hashes: none ever changes or goes, and new ones are added.
 */
interface EventKind {
  readonly hash: string;
  /** Hashes of the entries that an AuditEvent of the kind has. */
  readonly hashes: readonly string[];
}

type Coding = readonly [parameter: string, code: string, system?: string];

const rest = 'http://terminology.hl7.org/CodeSystem/audit-event-type';
const interaction = 'http://hl7.org/fhir/restful-interaction';
const dicom = 'http://dicom.nema.org/resources/ontology/DCM';
const entityType = 'http://terminology.hl7.org/CodeSystem/audit-entity-type';
const objectRole = 'http://terminology.hl7.org/CodeSystem/object-role';
const balp = 'https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType';

const entryOf = (...parts: readonly string[]): string => parts.join(unitSeparator);

/** Entries by which a token is found. */
const formsOf = ([parameter, code, system = '']: Coding): readonly string[] => [
  entryOf(parameter, code, system),
  entryOf(parameter, code),
  ...(system === '' ? [] : [entryOf(parameter, '', system)]),
];

const kindOf = (name: string, codings: readonly Coding[]): EventKind => ({
  hash: hashToken(`~kind${unitSeparator}${name}`),
  hashes: [...new Set(codings.flatMap(formsOf))].map(hashToken),
});

const happened = (type: Coding, subtype: Coding, action: string): EventKind =>
  kindOf(`event ${type[1]} ${subtype[1]} ${action}`, [
    type,
    subtype,
    ['action', action, 'http://hl7.org/fhir/audit-event-action'],
  ]);

const interactions: readonly (readonly [action: string, codes: readonly string[]])[] = [
  ['R', ['read', 'vread', 'history-instance', 'history-type', 'history-system', 'capabilities']],
  ['C', ['create']],
  ['U', ['update', 'patch']],
  ['D', ['delete', 'operation']],
  ['E', ['search-type', 'search-system', 'transaction', 'batch', 'operation']],
];

const ofDicom = (type: string, subtype: string, action: string): EventKind =>
  happened(['type', type, dicom], ['subtype', subtype, dicom], action);

const events: readonly EventKind[] = [
  ...interactions.flatMap(([action, codes]) =>
    codes.map((code) => happened(['type', 'rest', rest], ['subtype', code, interaction], action)),
  ),
  ofDicom('110114', '110122', 'E'),
  ofDicom('110114', '110123', 'E'),
  ofDicom('110113', '110137', 'C'),
  ofDicom('110113', '110137', 'U'),
  ofDicom('110101', '110101', 'D'),
];

const outcomes: readonly EventKind[] = [
  ['user', 'client', 'server'],
  ['client', 'server'],
].flatMap((agents) =>
  ['0', '4', '8', '12'].map((outcome) =>
    kindOf(`outcome ${outcome} ${agents.join(' ')}`, [
      ['outcome', outcome, 'http://hl7.org/fhir/audit-event-outcome'],
      ...agents.map((agent): Coding => ['altid', agent]),
    ]),
  ),
);

const person: Coding = ['entity-type', '1', entityType];
const object: Coding = ['entity-type', '2', entityType];
const role = (code: string): Coding => ['entity-role', code, objectRole];

/** Of patients, versions, what else was acted on, the query and the request. */
const sorts: readonly (readonly [name: string, codings: readonly Coding[]])[] = [
  ['patient', [person, role('1')]],
  ['version', [object, role('4')]],
  ['object', [object, role('13')]],
  ['query', [object, role('24')]],
  ['request', [['entity-type', 'XrequestId', balp]]],
];

const combinations = Array.from({ length: 2 ** sorts.length - 1 }, (_, i) =>
  sorts.filter((_sort, bit) => ((i + 1) >> bit) & 1),
);

const entities: readonly EventKind[] = combinations.map((some) =>
  kindOf(
    `entities ${some.map(([name]) => name).join(' ')}`,
    some.flatMap(([, codings]) => codings),
  ),
);

/** An AuditEvent is of one kind of each family: of the one that says most. */
const families: readonly (readonly EventKind[])[] = [events, outcomes, entities].map((family) =>
  family.toSorted((one, other) => other.hashes.length - one.hashes.length),
);

const kindsByHash = new Map<string, string[]>();
for (const { hash, hashes } of families.flat())
  for (const one of hashes) kindsByHash.set(one, [...(kindsByHash.get(one) ?? []), hash]);

/** Parameters of identifiers that AuditEvents are found by without the system. */
const identifiers: ReadonlySet<string> = new Set(['agent:identifier', 'entity:identifier', 'source:identifier']);

/** The entry by which the AuditEvent with an identifier is found; undefined of other entries. */
function withoutSystem(entry: string): string | undefined {
  const [parameter = '', value = '', system, ...others] = entry.split(unitSeparator);
  const isIdentifier = system !== undefined && others.length === 0 && value !== '' && identifiers.has(parameter);
  return isIdentifier ? entryOf(parameter, value) : undefined;
}

/** The entry of a Patient by which the AuditEvent with an entity is found whose id alone is looked for; undefined of other entries. */
function ofPatient(entry: string): string | undefined {
  const [parameter, id = '', ...others] = entry.split(unitSeparator);
  const isAnyEntity = parameter === 'entity' && others.length === 0 && id !== '' && !id.includes('/');
  return isAnyEntity ? entryOf(parameter, `Patient/${id}`) : undefined;
}

/** The hashes by one of which each row that holds the entry is found, as AuditEvents in the short form hold them too. */
export function hashesOfEntry(entry: string): readonly string[] {
  const hash = hashToken(entry);
  const wider = withoutSystem(entry) ?? ofPatient(entry);
  return [hash, ...(kindsByHash.get(hash) ?? []), ...(wider === undefined ? [] : [hashToken(wider)])];
}

const referenceStart = entryOf(localReferenceParameter.code, '');
const patientStart = entryOf('entity', 'Patient/');

/**
 * Entries whose hashes an AuditEvent in the short form does without: those by which deletions look for references, since AuditEvents hold
 * nothing back, and ids of Patients that are entities without the type, which {@link hashesOfEntry} looks for with it.
 */
function withoutHash(values: readonly string[]): ReadonlySet<string> {
  const without = new Set<string>();
  for (const entry of values) {
    if (entry.startsWith(referenceStart)) without.add(entry);
    if (entry.startsWith(patientStart)) without.add(entry.replace('Patient/', ''));
  }
  for (const entry of values) {
    const [parameter = '', reference = ''] = entry.split(unitSeparator);
    // Another entity may have the id of a Patient.
    if (parameter === 'entity' && !reference.startsWith('Patient/'))
      without.delete(entryOf(parameter, reference.slice(reference.indexOf('/') + 1)));
  }
  return without;
}

/** The hashes of an AuditEvent in the short form: those of its kinds stand for those of codes. Entries of `values` confirm what they find. */
export function shortHashes({ tokens, values }: Pick<IndexValues, 'tokens' | 'values'>): readonly string[] {
  const left = new Set(tokens);
  for (const family of families) {
    const kind = family.find(({ hashes }) => hashes.every((one) => left.has(one)));
    if (!kind) continue;
    for (const one of kind.hashes) left.delete(one);
    left.add(kind.hash);
  }
  for (const entry of withoutHash(values)) left.delete(hashToken(entry));
  for (const entry of values) {
    const wider = withoutSystem(entry);
    if (wider !== undefined && left.has(hashToken(wider))) left.delete(hashToken(entry));
  }
  return [...left];
}

import { basename } from 'node:path';
import type { JsonObject } from '../../r4/json/json.js';
import { InvalidRelease } from '../storage/concepts/release-concept.js';
import type { Release } from '../storage/concepts/terminology-store.js';
import { readFields } from './fields.js';
import { codeProperty, designationForm, type Form, memberForm, parentForm, propertyForm, thereForm } from './form.js';
import { GatheredConcepts } from './gathered-concepts.js';
import { filesNamed } from './release-files.js';

export const snomedConcepts = /^x?sct2_Concept_Snapshot_.*\.txt(?:\.gz)?$/;
const descriptions = /^x?sct2_Description_Snapshot.*\.txt(?:\.gz)?$/;
const relationships = /^x?sct2_Relationship_Snapshot_.*\.txt(?:\.gz)?$/;
const languages = /^x?der2_cRefset_LanguageSnapshot.*\.txt(?:\.gz)?$/;
const simpleSets = /^x?der2_Refset_.*Snapshot.*\.txt(?:\.gz)?$/;

const url = 'http://snomed.info/sct';
const isA = '116680003';
const fullName = '900000000000003001';
const preferred = '900000000000548007';
const definedFully = '900000000000073002';
const americanEnglish = '900000000000509007';
const typeNames: Readonly<Record<string, string>> = {
  [fullName]: 'Fully specified name',
  '900000000000013009': 'Synonym',
};
/** Modules of editions, by the name that their files have. */
const editions: Readonly<Record<string, string>> = { INT: '900000000000207008', US1000124: '731000124108' };

/** SNOMED CT's Release Format 2, snapshot (https://confluence.ihtsdotools.org/display/DOCRELFMT), with extensions in the same folder. */
export function snomedRelease(files: readonly string[], version: string | undefined): Release {
  const attributes = new Map<string, Form>();
  const gathered = new GatheredConcepts((into) => readFiles(files, into, attributes));
  return {
    outline: () => gathered.outline(),
    concepts: () => gathered.concepts(),
    phrases: () => gathered.phrases,
    format: 'rf2',
    head: {
      resourceType: 'CodeSystem',
      url,
      version: version ?? versionOf(filesNamed(files, snomedConcepts)),
      name: 'SNOMED_CT',
      title: 'SNOMED CT',
      status: 'active',
      caseSensitive: true,
      hierarchyMeaning: 'is-a',
      compositional: true,
      versionNeeded: false,
      content: 'complete',
    },
    properties: () => [
      { code: 'sufficientlyDefined', type: 'boolean' },
      { code: 'moduleId', type: 'code' },
      { code: 'effectiveTime', type: 'string' },
      ...[...attributes.keys()].map((code): JsonObject => ({ code, type: 'code' })),
    ],
  };
}

/** Such as `http://snomed.info/sct/900000000000207008/version/20240101` (https://hl7.org/fhir/R4/snomedct.html#4.3.1.0.2). */
function versionOf(paths: readonly string[]): string {
  const found = paths.map((path) => /_([A-Z]+\d*)_(\d{8})\.txt/.exec(basename(path)));
  const [first] = found;
  const edition = first && editions[first[1]!];
  if (found.length === 1 && edition !== undefined) return `${url}/${edition}/version/${first![2]}`;
  throw new InvalidRelease(
    `The version of ${paths.map((path) => basename(path)).join(' and ')} has to be named: --version ${url}/MODULE/version/YYYYMMDD`,
  );
}

async function readFiles(
  files: readonly string[],
  into: GatheredConcepts,
  attributes: Map<string, Form>,
): Promise<void> {
  for (const path of filesNamed(files, snomedConcepts)) await readConcepts(path, into);
  const names = await preferredIn(filesNamed(files, languages));
  for (const path of filesNamed(files, descriptions)) await readDescriptions(path, into, names);
  for (const path of filesNamed(files, relationships)) await readRelationships(path, into, attributes);
  for (const path of filesNamed(files, simpleSets)) await readMembers(path, into);
}

const header = ['id', 'effectiveTime', 'active', 'moduleId'];
const form = (atLeast: number, ...more: readonly string[]) =>
  ({ separator: '\t', header: [...header, ...more], atLeast }) as const;
const ofLine = { isOfLine: true };
const [active, inactive] = [thereForm(false), thereForm(true)];
const ofConcepts = {
  sufficientlyDefined: propertyForm('sufficientlyDefined', 'valueBoolean', ofLine),
  moduleId: propertyForm('moduleId', 'valueCode', ofLine),
  effectiveTime: propertyForm('effectiveTime', 'valueString', ofLine),
};

function readConcepts(path: string, into: GatheredConcepts): Promise<void> {
  return readFields(path, form(5, 'definitionStatusId'), (fields, line) => {
    const [id = '', time = '', isActive, moduleId = '', status] = fields;
    if (!/^\d{6,18}$/.test(id)) throw noIdentifier(id, path, line);
    const concept = into.numberOf(id);
    into.say(concept, isActive === '0' ? inactive : active, time);
    into.say(concept, ofConcepts.sufficientlyDefined, status === definedFully ? 'true' : 'false');
    into.say(concept, ofConcepts.moduleId, moduleId);
    into.say(concept, ofConcepts.effectiveTime, time);
  });
}

function readDescriptions(path: string, into: GatheredConcepts, names: PreferredNames): Promise<void> {
  const forms = new Map<string, Form>();
  const formOf = (language: string, type: string, rank: number): Form => {
    const key = `${language} ${type} ${rank}`;
    const known = forms.get(key);
    if (known) return known;
    const use = { system: url, code: type, ...(typeNames[type] !== undefined && { display: typeNames[type] }) };
    const made = designationForm({ language, use }, { isOfLine: false, rank });
    forms.set(key, made);
    return made;
  };
  const columns = form(9, 'conceptId', 'languageCode', 'typeId', 'term');
  return readFields(path, columns, (fields, line) => {
    const [id = '', , isActive, , concept = '', language = '', type = '', term = ''] = fields;
    if (isActive !== '1') return;
    const rank = language === 'en' ? names.rankOf(numberIn(id, path, line), type) : 9;
    into.say(into.numberOf(concept), formOf(language, type, rank), term);
  });
}

function readRelationships(path: string, into: GatheredConcepts, attributes: Map<string, Form>): Promise<void> {
  const columns = form(10, 'sourceId', 'destinationId', 'relationshipGroup', 'typeId');
  return readFields(path, columns, (fields) => {
    const [, , isActive, , source = '', destination = '', , type = ''] = fields;
    if (isActive !== '1') return;
    if (type === isA) into.say(into.numberOf(source), parentForm, destination);
    else into.say(into.numberOf(source), codeProperty(attributes, type), destination);
  });
}

function readMembers(path: string, into: GatheredConcepts): Promise<void> {
  return readFields(path, form(6, 'refsetId', 'referencedComponentId'), (fields) => {
    const [, , isActive, , set = '', component = ''] = fields;
    if (isActive === '1') into.say(into.numberOf(component), memberForm, set);
  });
}

/** Descriptions that a language reference set prefers, as numbers: 8 bytes each. */
class PreferredNames {
  constructor(
    private readonly american: BigInt64Array,
    private readonly others: BigInt64Array,
  ) {}

  rankOf(id: bigint, type: string): number {
    if (type === fullName) return 2;
    if (has(this.american, id)) return 0;
    return has(this.others, id) ? 1 : 3;
  }
}

async function preferredIn(paths: readonly string[]): Promise<PreferredNames> {
  const [american, others]: [bigint[], bigint[]] = [[], []];
  for (const path of paths) {
    const columns = form(7, 'refsetId', 'referencedComponentId', 'acceptabilityId');
    await readFields(path, columns, (fields, line) => {
      const [, , isActive, , set, component = '', acceptability] = fields;
      if (isActive !== '1' || acceptability !== preferred) return;
      (set === americanEnglish ? american : others).push(numberIn(component, path, line));
    });
  }
  return new PreferredNames(BigInt64Array.from(american).toSorted(), BigInt64Array.from(others).toSorted());
}

function numberIn(id: string, path: string, line: number): bigint {
  if (/^\d{6,18}$/.test(id)) return BigInt(id);
  throw noIdentifier(id, path, line);
}

const noIdentifier = (id: string, path: string, line: number): InvalidRelease =>
  new InvalidRelease(`${path}, line ${line}: ${JSON.stringify(id.slice(0, 40))} is no identifier of SNOMED CT.`);

function has(sorted: BigInt64Array, wanted: bigint): boolean {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (sorted[middle]! < wanted) from = middle + 1;
    else to = middle;
  }
  return sorted[from] === wanted;
}

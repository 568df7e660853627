import { basename } from 'node:path';
import type { JsonObject } from '../../r4/json/json.js';
import type { CodePart } from '../storage/concepts/merge-parts.js';
import { InvalidRelease } from '../storage/concepts/release-concept.js';
import type { Release } from '../storage/concepts/terminology-store.js';
import { assemble, type ConceptPart, partOf } from './assemble.js';
import { fieldsOf } from './fields.js';
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
  const attributes = new Set<string>();
  return {
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
      ...[...attributes].map((code): JsonObject => ({ code, type: 'code' })),
    ],
    async *concepts(merge) {
      for await (const merged of merge(partsOf(files, attributes))) {
        const concept = assemble(merged);
        if (concept) yield concept;
      }
    },
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

async function* partsOf(files: readonly string[], attributes: Set<string>): AsyncGenerator<CodePart> {
  for (const path of filesNamed(files, snomedConcepts)) yield* conceptsIn(path);
  const names = await preferredIn(filesNamed(files, languages));
  for (const path of filesNamed(files, descriptions)) yield* descriptionsIn(path, names);
  for (const path of filesNamed(files, relationships)) yield* relationshipsIn(path, attributes);
  for (const path of filesNamed(files, simpleSets)) yield* membersIn(path);
}

const header = ['id', 'effectiveTime', 'active', 'moduleId'];
const form = (atLeast: number, ...more: readonly string[]) =>
  ({ separator: '\t', header: [...header, ...more], atLeast }) as const;
const part = (code: string, said: ConceptPart): CodePart => [code, partOf(said)];

async function* conceptsIn(path: string): AsyncGenerator<CodePart> {
  for await (const { fields, place } of fieldsOf(path, form(5, 'definitionStatusId'))) {
    const [id = '', time = '', active, moduleId = '', status] = fields;
    if (!/^\d{6,18}$/.test(id))
      throw new InvalidRelease(`${place}: ${JSON.stringify(id.slice(0, 40))} is no identifier of SNOMED CT.`);
    yield part(id, {
      isThere: true,
      time,
      isInactive: active === '0',
      properties: [
        { code: 'sufficientlyDefined', valueBoolean: status === definedFully },
        { code: 'moduleId', valueCode: moduleId },
        { code: 'effectiveTime', valueString: time },
      ],
    });
  }
}

async function* descriptionsIn(path: string, names: PreferredNames): AsyncGenerator<CodePart> {
  const columns = form(9, 'conceptId', 'languageCode', 'typeId', 'term');
  for await (const { fields, place } of fieldsOf(path, columns)) {
    const [id = '', , active, , concept = '', language = '', type = '', term = ''] = fields;
    if (active !== '1') continue;
    const rank = language === 'en' ? names.rankOf(numberIn(id, place), type) : 9;
    const use = { system: url, code: type, ...(typeNames[type] !== undefined && { display: typeNames[type] }) };
    yield part(concept, { display: term, rank, designations: [{ language, use, value: term }] });
  }
}

async function* relationshipsIn(path: string, attributes: Set<string>): AsyncGenerator<CodePart> {
  const columns = form(10, 'sourceId', 'destinationId', 'relationshipGroup', 'typeId');
  for await (const { fields } of fieldsOf(path, columns)) {
    const [, , active, , source = '', destination = '', , type = ''] = fields;
    if (active !== '1') continue;
    if (type === isA) yield part(source, { parents: [destination] });
    else {
      attributes.add(type);
      yield part(source, { properties: [{ code: type, valueCode: destination }] });
    }
  }
}

async function* membersIn(path: string): AsyncGenerator<CodePart> {
  for await (const { fields } of fieldsOf(path, form(6, 'refsetId', 'referencedComponentId'))) {
    const [, , active, , set = '', component = ''] = fields;
    if (active === '1') yield part(component, { memberOf: [set] });
  }
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
    for await (const { fields, place } of fieldsOf(path, columns)) {
      const [, , active, , set, component = '', acceptability] = fields;
      if (active !== '1' || acceptability !== preferred) continue;
      (set === americanEnglish ? american : others).push(numberIn(component, place));
    }
  }
  return new PreferredNames(BigInt64Array.from(american).toSorted(), BigInt64Array.from(others).toSorted());
}

function numberIn(id: string, place: string): bigint {
  if (/^\d{6,18}$/.test(id)) return BigInt(id);
  throw new InvalidRelease(`${place}: ${JSON.stringify(id.slice(0, 40))} is no identifier of SNOMED CT.`);
}

function has(sorted: BigInt64Array, wanted: bigint): boolean {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (sorted[middle]! < wanted) from = middle + 1;
    else to = middle;
  }
  return sorted[from] === wanted;
}

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Graph } from './naive-ecl.js';

/** Small releases of invented content, in the file formats of the publishers. */
type Rows = readonly (readonly string[])[];

const tabbed = (header: readonly string[], rows: Rows): string =>
  [header, ...rows].map((row) => `${row.join('\t')}\r\n`).join('');
const piped = (rows: Rows): string => rows.map((row) => `${row.join('|')}|\n`).join('');
const csv = (rows: Rows): string =>
  rows.map((row) => `${row.map((field) => `"${field.replaceAll('"', '""')}"`).join(',')}\r\n`).join('');

async function write(folder: string, files: Readonly<Record<string, string>>): Promise<string> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

const core = '900000000000207008';
const time = '20240101';

/** 138875005 is the root; 404684003 and 123037004 are below it, 233604007 below 404684003, 900000 is inactive. */
export function writeSnomed(folder: string, broken = false): Promise<string> {
  const head = ['id', 'effectiveTime', 'active', 'moduleId'];
  const concepts = ['138875005', '404684003', '123037004', '233604007', '39607008', '447137006', '116680003'];
  const names: Rows = [
    ['138875005', 'SNOMED CT Concept'],
    ['404684003', 'Clinical finding'],
    ['123037004', 'Body structure'],
    ['233604007', 'Pneumonia'],
    ['39607008', 'Lung structure'],
    ['447137006', 'A reference set'],
    ['116680003', 'Is a'],
    ['9000001', 'Gone'],
  ];
  const described = names.flatMap(([code, name], i) => [
    [
      `${1_000_000 + i * 10}`,
      time,
      '1',
      core,
      code!,
      'en',
      '900000000000003001',
      `${name} (thing)`,
      '900000000000448009',
    ],
    [
      `${1_000_001 + i * 10}`,
      time,
      '1',
      core,
      code!,
      'en',
      '900000000000013009',
      `Another ${name}`,
      '900000000000448009',
    ],
    [`${1_000_002 + i * 10}`, time, '1', core, code!, 'en', '900000000000013009', name!, '900000000000448009'],
  ]);
  const isA = (i: number, child: string, parent: string): readonly string[] => [
    `${2_000_000 + i}`,
    time,
    '1',
    core,
    child,
    parent,
    '0',
    '116680003',
    '900000000000011006',
    '900000000000451002',
  ];
  return write(folder, {
    [`Snapshot/Terminology/sct2_Concept_Snapshot_INT_${time}.txt`]: tabbed(
      [...head, 'definitionStatusId'],
      [
        ...concepts.map((code) => [code, time, '1', core, '900000000000074008']),
        ['9000001', time, '0', core, ...(broken ? [] : ['900000000000074008'])],
      ],
    ),
    [`Snapshot/Terminology/sct2_Description_Snapshot-en_INT_${time}.txt`]: tabbed(
      [...head, 'conceptId', 'languageCode', 'typeId', 'term', 'caseSignificanceId'],
      described,
    ),
    [`Snapshot/Terminology/sct2_Relationship_Snapshot_INT_${time}.txt`]: tabbed(
      [...head, 'sourceId', 'destinationId', 'relationshipGroup', 'typeId', 'characteristicTypeId', 'modifierId'],
      [
        isA(1, '404684003', '138875005'),
        isA(2, '123037004', '138875005'),
        isA(3, '233604007', '404684003'),
        isA(4, '39607008', '123037004'),
        [
          '2000009',
          time,
          '1',
          core,
          '233604007',
          '39607008',
          '1',
          '363698007',
          '900000000000011006',
          '900000000000451002',
        ],
        [
          '2000010',
          time,
          '0',
          core,
          '233604007',
          '123037004',
          '0',
          '116680003',
          '900000000000011006',
          '900000000000451002',
        ],
      ],
    ),
    [`Snapshot/Refset/Language/der2_cRefset_LanguageSnapshot-en_INT_${time}.txt`]: tabbed(
      [...head, 'refsetId', 'referencedComponentId', 'acceptabilityId'],
      names.map((_, i) => [
        `u${i}`,
        time,
        '1',
        core,
        '900000000000509007',
        `${1_000_002 + i * 10}`,
        '900000000000548007',
      ]),
    ),
    [`Snapshot/Refset/Content/der2_Refset_SimpleSnapshot_INT_${time}.txt`]: tabbed(
      [...head, 'refsetId', 'referencedComponentId'],
      [
        ['m1', time, '1', core, '447137006', '233604007'],
        ['m2', time, '1', core, '447137006', '39607008'],
        ['m3', time, '0', core, '447137006', '404684003'],
      ],
    ),
  });
}

/** A release with the concepts, hierarchy, attributes and simple reference sets of a graph. */
export function writeSnomedGraph(folder: string, graph: Graph): Promise<string> {
  const head = ['id', 'effectiveTime', 'active', 'moduleId'];
  const edges = [
    ...[...graph.parents].flatMap(([child, above]) => above.map((one) => [child, one, '116680003'])),
    ...graph.relations.map(([source, name, target]) => [source, target, name]),
  ];
  const members = [...graph.members].flatMap(([set, codes]) => codes.map((one) => [set, one]));
  return write(folder, {
    [`Snapshot/Terminology/sct2_Concept_Snapshot_INT_${time}.txt`]: tabbed(
      [...head, 'definitionStatusId'],
      [
        ...graph.active.map((code) => [code, time, '1', core, '900000000000074008']),
        ...graph.inactive.map((code) => [code, time, '0', core, '900000000000074008']),
      ],
    ),
    [`Snapshot/Terminology/sct2_Description_Snapshot-en_INT_${time}.txt`]: tabbed(
      [...head, 'conceptId', 'languageCode', 'typeId', 'term', 'caseSignificanceId'],
      [...graph.active, ...graph.inactive].map((code, i) => [
        `${1_000_000 + i}`,
        time,
        '1',
        core,
        code,
        'en',
        '900000000000013009',
        `Concept ${i}`,
        '900000000000448009',
      ]),
    ),
    [`Snapshot/Terminology/sct2_Relationship_Snapshot_INT_${time}.txt`]: tabbed(
      [...head, 'sourceId', 'destinationId', 'relationshipGroup', 'typeId', 'characteristicTypeId', 'modifierId'],
      edges.map(([source = '', target = '', type = ''], i) => [
        `${2_000_000 + i}`,
        time,
        '1',
        core,
        source,
        target,
        '0',
        type,
        '900000000000011006',
        '900000000000451002',
      ]),
    ),
    [`Snapshot/Refset/Content/der2_Refset_SimpleSnapshot_INT_${time}.txt`]: tabbed(
      [...head, 'refsetId', 'referencedComponentId'],
      members.map(([set = '', code = ''], i) => [`m${i}`, time, '1', core, set, code]),
    ),
  });
}

export const writeLoinc = (folder: string, code = '2345-7'): Promise<string> =>
  write(folder, {
    'LoincTable/Loinc.csv': csv([
      [
        'LOINC_NUM',
        'COMPONENT',
        'PROPERTY',
        'SYSTEM',
        'CLASS',
        'VersionLastChanged',
        'STATUS',
        'SHORTNAME',
        'LONG_COMMON_NAME',
      ],
      [
        code,
        'Glucose',
        'MCnc',
        'Ser/Plas',
        'CHEM',
        '2.73',
        'ACTIVE',
        'Glucose SerPl-mCnc',
        'Glucose [Mass/volume] in Serum, "fasting"',
      ],
      ['1234-5', 'Old', 'Pr', 'Ser', 'MISC', '2.78', 'DEPRECATED', '', 'Old test'],
    ]),
    'AccessoryFiles/ComponentHierarchyBySystem/ComponentHierarchyBySystem.csv': csv([
      ['PATH_TO_ROOT', 'SEQUENCE', 'IMMEDIATE_PARENT', 'CODE', 'CODE_TEXT'],
      ['', '1', '', 'LP29693-6', 'Laboratory'],
      ['LP29693-6', '1', 'LP29693-6', 'LP7786-9', 'Chemistry'],
      ['LP29693-6.LP7786-9', '1', 'LP7786-9', code, 'Glucose'],
      // A part and a term have a line for each way to the root.
      ['LP29693-6', '2', 'LP29693-6', 'LP14635-4', 'Glucose'],
      ['LP29693-6.LP14635-4', '1', 'LP14635-4', code, 'Glucose'],
      ['LP14635-4', '1', 'LP14635-4', 'LP7786-9', 'Chemistry'],
      ['LP29693-6.LP14635-4.LP7786-9', '1', 'LP7786-9', code, 'Glucose'],
    ]),
    'AccessoryFiles/AnswerFile/AnswerList.csv': csv([
      ['AnswerListId', 'AnswerListName', 'AnswerStringId', 'DisplayText'],
      ['LL715-4', 'Yes or no', 'LA33-6', 'Yes'],
      ['LL715-4', 'Yes or no', 'LA32-8', 'No'],
    ]),
    'AccessoryFiles/LinguisticVariants/frFR8LinguisticVariant.csv': csv([
      ['LOINC_NUM', 'LONG_COMMON_NAME'],
      [code, 'Glucose sérique'],
    ]),
  });

const atom = (code: string, type: string, name: string, suppressed = 'N'): readonly string[] => [
  code,
  'ENG',
  '',
  '',
  '',
  '',
  '',
  `A${code}`,
  '',
  code,
  '',
  'RXNORM',
  type,
  code,
  name,
  '',
  suppressed,
  '',
];

export const writeRxnorm = (folder: string): Promise<string> =>
  write(folder, {
    'rrf/RXNCONSO.RRF': piped([
      atom('1191', 'IN', 'aspirin'),
      atom('1191', 'SY', 'acetylsalicylic acid'),
      atom('243670', 'SCD', 'aspirin 81 MG Oral Tablet'),
      atom('99', 'SCD', 'retired drug', 'O'),
      ['7', 'ENG', '', '', '', '', '', 'A7', '', '7', '', 'MSH', 'PT', '7', 'of another source', '', 'N', ''],
    ]),
    'rrf/RXNREL.RRF': piped([
      ['1191', '', 'CUI', 'RO', '243670', '', 'CUI', 'has_ingredient', '1', '', 'RXNORM', '', '', '', '', ''],
    ]),
    'rrf/RXNSTY.RRF': piped([['1191', 'T109', 'A1', 'Organic Chemical', '', '']]),
  });

export function writeIcd10cm(folder: string, broken = false): Promise<string> {
  const line = (order: number, code: string, flag: string, name: string): string =>
    `${String(order).padStart(5, '0')} ${code.padEnd(7)} ${flag} ${name.padEnd(60)} ${name}, long\n`;
  return write(folder, {
    'icd10cm-order-2025.txt':
      line(1, 'A00', '0', 'Cholera') +
      line(2, 'A000', '1', 'Cholera due to cholerae') +
      line(3, 'S0100', '0', 'Wound of scalp') +
      (broken ? 'S0100XA Wound\n' : line(4, 'S0100XA', '1', 'Wound of scalp, initial')),
  });
}

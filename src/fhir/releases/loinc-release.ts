import { basename } from 'node:path';
import { parse } from 'csv-parse';
import type { JsonObject } from '../../r4/json/json.js';
import type { CodePart } from '../storage/concepts/merge-parts.js';
import { InvalidRelease } from '../storage/concepts/release-concept.js';
import type { Release } from '../storage/concepts/terminology-store.js';
import { assemble, type ConceptPart, partOf } from './assemble.js';
import { bytesOf } from './lines.js';
import { filesNamed } from './release-files.js';

export const loincTable = /^Loinc\.csv(?:\.gz)?$/i;
const hierarchy = /^ComponentHierarchyBySystem\.csv(?:\.gz)?$/i;
const answers = /^AnswerList\.csv(?:\.gz)?$/i;
const answerLinks = /^LoincAnswerListLink\.csv(?:\.gz)?$/i;
const variant = /^([a-z]{2})([A-Z]{2})\d+LinguisticVariant\.csv(?:\.gz)?$/;

/** Columns of Loinc.csv that are properties (https://hl7.org/fhir/R4/loinc.html#4.3.2.0.1). */
const properties = [
  'COMPONENT',
  'PROPERTY',
  'TIME_ASPCT',
  'SYSTEM',
  'SCALE_TYP',
  'METHOD_TYP',
  'CLASS',
  'STATUS',
  'CLASSTYPE',
  'ORDER_OBS',
  'CONSUMER_NAME',
  'EXAMPLE_UNITS',
] as const;

/** LOINC as its CSV files (https://loinc.org/kb/loinc-users-guide/): the table, its hierarchy, lists of answers, linguistic variants. */
export async function loincRelease(
  files: readonly string[],
  path: string,
  version: string | undefined,
): Promise<Release> {
  return {
    format: 'loinc',
    head: {
      resourceType: 'CodeSystem',
      url: 'http://loinc.org',
      version: version ?? (await versionOf(path)),
      name: 'LOINC',
      title: 'LOINC',
      status: 'active',
      caseSensitive: false,
      hierarchyMeaning: 'is-a',
      content: 'complete',
    },
    properties: () => [
      ...properties.map((code): JsonObject => ({ code, type: 'string' })),
      { code: 'answer-list', type: 'code', description: 'List of answers of the term.' },
    ],
    async *concepts(merge) {
      for await (const merged of merge(partsOf(files, path))) {
        const concept = assemble(merged);
        if (concept) yield concept;
      }
    },
  };
}

/** The highest `VersionLastChanged`: LOINC's table does not say its own version. */
async function versionOf(path: string): Promise<string> {
  let [latest, order] = ['', 0];
  for await (const { record } of recordsOf(path, ['VersionLastChanged'])) {
    const [, major = '', minor = ''] = /^(\d+)\.(\d+)/.exec(record['VersionLastChanged']!) ?? [];
    const own = Number(major) * 1000 + Number(minor);
    if (own > order) [latest, order] = [`${major}.${minor.padStart(2, '0')}`, own];
  }
  if (latest !== '') return latest;
  throw new InvalidRelease(`The version of ${path} has to be named: --version 2.78`);
}

const part = (code: string, said: ConceptPart): CodePart => [code, partOf(said)];

async function* partsOf(files: readonly string[], path: string): AsyncGenerator<CodePart> {
  yield* termsIn(path);
  for (const one of filesNamed(files, hierarchy)) yield* hierarchyIn(one);
  for (const one of filesNamed(files, answers)) yield* answersIn(one);
  for (const one of filesNamed(files, answerLinks))
    for await (const { record } of recordsOf(one, ['LoincNumber', 'AnswerListId']))
      yield part(record['LoincNumber']!, {
        properties: [{ code: 'answer-list', valueCode: record['AnswerListId']! }],
      });
  for (const one of filesNamed(files, variant)) yield* variantIn(one);
}

async function* termsIn(path: string): AsyncGenerator<CodePart> {
  const needed = ['LOINC_NUM', 'COMPONENT', 'STATUS', 'LONG_COMMON_NAME'];
  for await (const { record, place } of recordsOf(path, needed)) {
    const code = record['LOINC_NUM']!;
    if (!/^\d{1,8}-\d$/.test(code))
      throw new InvalidRelease(`${place}: ${JSON.stringify(code.slice(0, 40))} is no LOINC number.`);
    const [long = '', short = '', status] = [record['LONG_COMMON_NAME'], record['SHORTNAME'], record['STATUS']];
    yield part(code, {
      isThere: true,
      display: long === '' ? record['COMPONENT']! : long,
      definition: record['DefinitionDescription'] || undefined,
      isInactive: status === 'DEPRECATED',
      designations: short === '' ? [] : [{ language: 'en', use: { code: 'SHORTNAME' }, value: short }],
      properties: properties.flatMap((name) => (record[name] ? [{ code: name, valueString: record[name] }] : [])),
    });
  }
}

async function* hierarchyIn(path: string): AsyncGenerator<CodePart> {
  for await (const { record } of recordsOf(path, ['IMMEDIATE_PARENT', 'CODE', 'CODE_TEXT'])) {
    const [code = '', parent = ''] = [record['CODE'], record['IMMEDIATE_PARENT']];
    const isTerm = !code.startsWith('LP');
    yield part(code, {
      ...(!isTerm && { isThere: true, display: record['CODE_TEXT'] ?? '' }),
      ...(parent !== '' && { parents: [parent] }),
    });
    // Of a concept in several places each line says one; that it is there counts once.
    if (!isTerm && parent !== '') yield part(code, { parents: [parent] });
  }
}

async function* answersIn(path: string): AsyncGenerator<CodePart> {
  const needed = ['AnswerListId', 'AnswerListName', 'AnswerStringId', 'DisplayText'];
  let last = '';
  for await (const { record } of recordsOf(path, needed)) {
    const [list = '', answer = ''] = [record['AnswerListId'], record['AnswerStringId']];
    if (list !== last) yield part(list, { isThere: true, display: record['AnswerListName'] ?? '' });
    last = list;
    if (answer === '') continue;
    yield part(answer, { isThere: true, display: record['DisplayText'] ?? '' });
    yield part(answer, { memberOf: [list] });
  }
}

async function* variantIn(path: string): AsyncGenerator<CodePart> {
  const [, language = '', country = ''] = variant.exec(basename(path))!;
  for await (const { record } of recordsOf(path, ['LOINC_NUM', 'LONG_COMMON_NAME'])) {
    const value = record['LONG_COMMON_NAME']!;
    if (value !== '')
      yield part(record['LOINC_NUM']!, { designations: [{ language: `${language}-${country}`, value }] });
  }
}

type CsvRecord = Readonly<Record<string, string>>;

/** Records by the names of the first line. Throws {@link InvalidRelease} with the line. */
async function* recordsOf(
  path: string,
  needed: readonly string[],
): AsyncGenerator<{ readonly record: CsvRecord; readonly place: string }> {
  const parser = parse({ bom: true, columns: true, info: true, max_record_size: 1_000_000 });
  const feeding = feed(path, parser);
  try {
    let isFirst = true;
    for await (const { record, info } of parser as AsyncIterable<{ record: CsvRecord; info: { lines: number } }>) {
      const missing = isFirst ? needed.find((name) => record[name] === undefined) : undefined;
      if (missing !== undefined) throw new InvalidRelease(`${path} has no column "${missing}".`);
      isFirst = false;
      yield { record, place: `${path}, line ${info.lines}` };
    }
    await feeding;
  } catch (error) {
    if (error instanceof InvalidRelease) throw error;
    throw new InvalidRelease(`${path} cannot be read as CSV: ${(error as Error).message.split('\n', 1)[0]}`);
  }
}

async function feed(path: string, parser: ReturnType<typeof parse>): Promise<void> {
  try {
    for await (const chunk of bytesOf(path)) if (!parser.write(chunk)) await drained(parser);
    parser.end();
  } catch (error) {
    parser.destroy(error as Error);
  }
}

const drained = (parser: ReturnType<typeof parse>): Promise<void> =>
  new Promise((resolve) => {
    const go = (): void => {
      parser.off('drain', go);
      parser.off('close', go);
      resolve();
    };
    parser.on('drain', go);
    parser.on('close', go);
  });

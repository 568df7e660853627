import { basename } from 'node:path';
import { parse } from 'csv-parse';
import type { JsonObject } from '../../r4/json/json.js';
import { InvalidRelease } from '../storage/concepts/release-concept.js';
import type { Release } from '../storage/concepts/terminology-store.js';
import {
  definitionForm,
  designationForm,
  displayForm,
  memberForm,
  parentForm,
  propertyForm,
  thereForm,
} from './form.js';
import { GatheredConcepts } from './gathered-concepts.js';
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
  const gathered = new GatheredConcepts((into) => readFiles(files, path, into));
  return {
    outline: () => gathered.outline(),
    concepts: () => gathered.concepts(),
    phrases: () => gathered.phrases,
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

const ofLine = { isOfLine: true };
const [active, inactive] = [thereForm(false), thereForm(true)];
const displayed = displayForm(ofLine);
const definition = definitionForm(ofLine);
const shortName = designationForm({ language: 'en', use: { code: 'SHORTNAME' } }, ofLine);
const ofTerms = properties.map((code) => propertyForm(code, 'valueString', ofLine));
const answerList = propertyForm('answer-list', 'valueCode', { isOfLine: false });

async function readFiles(files: readonly string[], path: string, into: GatheredConcepts): Promise<void> {
  await readTerms(path, into);
  for (const one of filesNamed(files, hierarchy)) await readHierarchy(one, into);
  for (const one of filesNamed(files, answers)) await readAnswers(one, into);
  for (const one of filesNamed(files, answerLinks))
    for await (const { record } of recordsOf(one, ['LoincNumber', 'AnswerListId']))
      into.say(into.numberOf(record['LoincNumber']!), answerList, record['AnswerListId']!);
  for (const one of filesNamed(files, variant)) await readVariant(one, into);
}

async function readTerms(path: string, into: GatheredConcepts): Promise<void> {
  const needed = ['LOINC_NUM', 'COMPONENT', 'STATUS', 'LONG_COMMON_NAME'];
  for await (const { record, place } of recordsOf(path, needed)) {
    const code = record['LOINC_NUM']!;
    if (!/^\d{1,8}-\d$/.test(code))
      throw new InvalidRelease(`${place}: ${JSON.stringify(code.slice(0, 40))} is no LOINC number.`);
    into.say(into.numberOf(code), record['STATUS'] === 'DEPRECATED' ? inactive : active, '');
    into.say(into.numberOf(code), displayed, record['LONG_COMMON_NAME'] || record['COMPONENT']!);
    if (record['DefinitionDescription']) into.say(into.numberOf(code), definition, record['DefinitionDescription']);
    if (record['SHORTNAME']) into.say(into.numberOf(code), shortName, record['SHORTNAME']);
    for (const [i, property] of properties.entries())
      if (record[property]) into.say(into.numberOf(code), ofTerms[i]!, record[property]);
  }
}

async function readHierarchy(path: string, into: GatheredConcepts): Promise<void> {
  for await (const { record } of recordsOf(path, ['IMMEDIATE_PARENT', 'CODE', 'CODE_TEXT'])) {
    const [code = '', parent = ''] = [record['CODE'], record['IMMEDIATE_PARENT']];
    // A part has no line elsewhere that says that it is there.
    if (code.startsWith('LP')) sayThere(into, code, record['CODE_TEXT']);
    if (parent !== '') into.say(into.numberOf(code), parentForm, parent);
  }
}

async function readAnswers(path: string, into: GatheredConcepts): Promise<void> {
  const needed = ['AnswerListId', 'AnswerListName', 'AnswerStringId', 'DisplayText'];
  let last = '';
  for await (const { record } of recordsOf(path, needed)) {
    const [list = '', answer = ''] = [record['AnswerListId'], record['AnswerStringId']];
    if (list !== last) sayThere(into, list, record['AnswerListName']);
    last = list;
    if (answer === '') continue;
    sayThere(into, answer, record['DisplayText']);
    into.say(into.numberOf(answer), memberForm, list);
  }
}

function sayThere(into: GatheredConcepts, code: string, display = ''): void {
  into.say(into.numberOf(code), active, '');
  into.say(into.numberOf(code), displayed, display);
}

async function readVariant(path: string, into: GatheredConcepts): Promise<void> {
  const [, language = '', country = ''] = variant.exec(basename(path))!;
  const name = designationForm({ language: `${language}-${country}` }, { isOfLine: false });
  for await (const { record } of recordsOf(path, ['LOINC_NUM', 'LONG_COMMON_NAME'])) {
    const value = record['LONG_COMMON_NAME']!;
    if (value !== '') into.say(into.numberOf(record['LOINC_NUM']!), name, value);
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

/** Lossless FHIR XML (https://hl7.org/fhir/R4/xml.html) on published resources that nobody here wrote. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type JsonObject, parseJson, writeJson } from '../../src/r4/json/json.js';
import { isResourceType } from '../../src/r4/model/resource-types.js';
import { MalformedXml } from '../../src/r4/xml/malformed-xml.js';
import { readXml } from '../../src/r4/xml/read-xml.js';
import { writeXml } from '../../src/r4/xml/write-xml.js';
import { isFull, shareOfEachType } from '../support/full.js';

const examples = dirname(createRequire(import.meta.url).resolve('hl7.fhir.r4.examples/package.json'));
// Data that developers keep beside the repository.
const shared = join(import.meta.dirname, '../../../shared/data');
const sharedExamples = join(shared, 'r4-examples/dev');
const testCases = join(shared, 'fhir-test-cases');

function* publishedTexts(): Generator<readonly [string, string]> {
  const files = readdirSync(examples).filter((file) => file.endsWith('.json') && isResourceType(file.split('-')[0]!));
  for (const file of shareOfEachType(files, 15)) yield [file, readFileSync(join(examples, file), 'utf8')];
}

function* sharedTexts(): Generator<readonly [string, string]> {
  for (const file of readdirSync(sharedExamples).filter((name) => name.endsWith('.ndjson.gz'))) {
    const lines = gunzipSync(readFileSync(join(sharedExamples, file))).toString('utf8');
    for (const line of lines.split('\n')) if (line !== '') yield [file, line];
  }
}

/** What the trip JSON → XML → JSON → XML changes. */
function lossOf(text: string): string | undefined {
  const resource = parseJson(text) as JsonObject;
  try {
    const xml = writeXml(resource);
    const back = readXml(xml);
    if (!isDeepStrictEqual(back, resource)) return 'another resource came back';
    return writeXml(back) === xml ? undefined : 'the second XML differs';
  } catch (error) {
    return String(error);
  }
}

function losses(texts: Iterable<readonly [string, string]>): {
  readonly read: number;
  readonly lost: readonly string[];
} {
  const lost: string[] = [];
  let read = 0;
  for (const [name, text] of texts) {
    read++;
    const loss = lossOf(text);
    if (loss !== undefined) lost.push(`${name}: ${loss}`);
  }
  return { read, lost };
}

function xmlFiles(): readonly string[] {
  return readdirSync(testCases, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.xml'))
    .map((file) => join(testCases, file));
}

/** Why the file is refused; undefined when it is read, and written and read again without loss. */
function outcomeOf(file: string): string | undefined {
  try {
    const resource = readXml(readFileSync(file, 'utf8'));
    expect(readXml(writeXml(resource)), file).toEqual(resource);
    return undefined;
  } catch (error) {
    if (error instanceof MalformedXml) return error.message;
    throw error;
  }
}

const jsonOf = (file: string): string => file.replace(/\.xml$/, '.json');

// No R4, or not in the order of R4; the last is a template for resources.
const expectedRefusals = {
  'r4/graphql/manifest.xml': 'A resource has to be in the namespace http://hl7.org/fhir (line 1, column 1).',
  'validator/ccda-xsi-type.xml': 'A resource has to be in the namespace http://hl7.org/fhir (line 3, column 1).',
  'r4/myconsent-ext.xml': '"contextType" is no element of StructureDefinition (line 13, column 2).',
  'r4/observation-example.xml':
    '"extension" has to come before "status"; XML keeps the order of the definition of Observation (line 5, column 2).',
  'validator/japanese-utf8-ok.xml':
    '"type" has to come before "title"; XML keeps the order of the definition of Composition (line 42, column 9).',
  'validator/q-enablewhen-2.xml':
    '"identifier" has to come before "version"; XML keeps the order of the definition of Questionnaire (line 709, column 3).',
  'validator/xml-fail.xml': 'Text is not allowed here; FHIR writes values in attributes (line 9, column 3).',
};

describe('FHIR XML', () => {
  it('loses nothing of any example of the specification', { timeout: 120_000 }, () => {
    const { read, lost } = losses(publishedTexts());
    expect(lost).toEqual([]);
    expect(read).toBeGreaterThan(isFull ? 5000 : 400);
  });

  it('loses nothing of the shared examples', (context) => {
    if (!existsSync(sharedExamples)) context.skip(`there is no ${sharedExamples}`);
    const { read, lost } = losses(sharedTexts());
    expect(lost).toEqual([]);
    expect(read).toBeGreaterThan(300);
  });

  it('reads the XML test cases of HL7, or says where and why not', (context) => {
    if (!existsSync(testCases)) context.skip(`there is no ${testCases}`);
    const outcomes = xmlFiles().map((file) => [file.slice(testCases.length + 1), outcomeOf(file)]);
    const refused = Object.fromEntries(outcomes.filter(([, outcome]) => outcome !== undefined));
    expect(refused).toEqual(expectedRefusals);
    expect(outcomes.length).toBeGreaterThan(100);
  });

  it('reads what HL7 published as XML like what HL7 published as JSON', (context) => {
    if (!existsSync(testCases)) context.skip(`there is no ${testCases}`);
    // The XML of observation-example has an extension that its JSON lacks.
    const pairs = xmlFiles().filter(
      (file) => /r4.examples.(?!observation-example\.xml)/.test(file) && existsSync(jsonOf(file)),
    );
    for (const file of pairs) {
      // The two differ in the spaces of narratives and in how they write the same number.
      const fromXml = JSON.parse(writeJson(readXml(readFileSync(file, 'utf8')))) as JsonObject;
      const fromJson = JSON.parse(readFileSync(jsonOf(file), 'utf8')) as JsonObject;
      expect({ ...fromXml, text: undefined }, file).toEqual({ ...fromJson, text: undefined });
    }
    expect(pairs.map((file) => basename(file))).toContain('observation-decimal.xml');
  });
});

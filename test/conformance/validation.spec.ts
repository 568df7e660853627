import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { isObject, type Json, type JsonObject, MalformedJson, parseJson } from '../../src/r4/json/json.js';
import { hasErrors, validateResource } from '../../src/r4/validation/validate-resource.js';
import { isFull, shareOf, shareOfEachType } from '../support/full.js';

// HL7's own examples, HL7's own validator as the judge, and data of others. What we refuse is listed with the reason.

/** Files of HL7's package that R4 itself does not allow. */
const wrongExamples: Readonly<Record<string, string>> = {
  'ActivityDefinition-blood-tubes-supply.json': 'txt-2: a narrative without text',
  'ActivityDefinition-heart-valve-replacement.json': 'txt-2: a narrative without text',
  'Bundle-dataelements.json': 'bdl-7: the same fullUrl twice, without versions',
  'DeviceMetric-example.json': 'wrong-reference-target: parent is a Device, this one names a DeviceDefinition',
  'DeviceUseStatement-example.json': 'wrong-reference-target: reasonReference cannot be a Procedure',
  'EventDefinition-example.json': 'txt-2: a narrative without text',
  'ImplementationGuide-fhir.json': 'missing-element: name, status; and the reference to the parameter with the long id',
  'MedicationRequest-medrx0301.json':
    'wrong-reference-target: dispenseRequest.performer is an Organization, not a Practitioner',
  'Observation-clinical-gender.json': 'wrong-reference-target: an Encounter is no performer',
  'Questionnaire-qs1.json': 'missing-element: items without linkId',
  'Questionnaire-zika-virus-exposure-assessment.json': 'txt-2: a narrative without text',
  'SearchParameter-codesystem-extensions-CodeSystem-author.json': 'missing-element: base',
  'SearchParameter-codesystem-extensions-CodeSystem-effective.json': 'missing-element: base',
  'SearchParameter-codesystem-extensions-CodeSystem-end.json': 'missing-element: base',
  'SearchParameter-codesystem-extensions-CodeSystem-keyword.json': 'missing-element: base',
  'SearchParameter-codesystem-extensions-CodeSystem-workflow.json': 'missing-element: base',
  'SearchParameter-questionnaireresponse-extensions-QuestionnaireResponse-item-subject.json':
    'invalid-value: 65 characters and more are no id',
  'SearchParameter-valueset-extensions-ValueSet-author.json': 'missing-element: base',
  'SearchParameter-valueset-extensions-ValueSet-effective.json': 'missing-element: base',
  'SearchParameter-valueset-extensions-ValueSet-end.json': 'missing-element: base',
  'SearchParameter-valueset-extensions-ValueSet-keyword.json': 'missing-element: base',
  'SearchParameter-valueset-extensions-ValueSet-workflow.json': 'missing-element: base',
  'StructureDefinition-Definition.json': 'sdf-4: a pattern that is not abstract and has no base',
  'StructureDefinition-Event.json': 'sdf-4: a pattern that is not abstract and has no base',
  'StructureDefinition-FiveWs.json': 'sdf-4: a pattern that is not abstract and has no base',
  'StructureDefinition-Request.json': 'sdf-4: a pattern that is not abstract and has no base',
  'ig-r4.json': 'the same resource as ImplementationGuide-fhir.json',
};

const shared = fileURLToPath(new URL('../../../shared/data/', import.meta.url));
const hasShared = existsSync(shared);
const noShared = 'there is no ../shared/data';

const errorCodes = (resource: Json): readonly string[] => [
  ...new Set(validateResource(resource).flatMap(({ severity, code }) => (severity === 'error' ? code : []))),
];

const linesOf = (file: string): readonly Json[] =>
  gunzipSync(readFileSync(file))
    .toString()
    .split('\n')
    .filter(Boolean)
    .map((line) => parseJson(line));

describe('the examples that HL7 publishes with R4', () => {
  it('are valid, but for those that R4 does not allow', () => {
    const folder = dirname(createRequire(import.meta.url).resolve('hl7.fhir.r4.examples/package.json'));
    const refused = new Map<string, readonly string[]>();
    let count = 0;
    const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
    const valid = files.filter((name) => !(name in wrongExamples));
    for (const file of [...Object.keys(wrongExamples), ...shareOfEachType(valid, 8)]) {
      const resource = parseJson(readFileSync(join(folder, file), 'utf8'));
      if (!isObject(resource) || resource['resourceType'] === undefined) continue;
      count++;
      const codes = errorCodes(resource);
      if (codes.length > 0) refused.set(file, codes);
    }
    if (isFull) expect(count).toBe(5306);
    else expect(count).toBeGreaterThan(700);
    expect([...refused.keys()].toSorted()).toEqual(Object.keys(wrongExamples));
    for (const [file, codes] of refused) {
      const reason = wrongExamples[file === 'ig-r4.json' ? 'ImplementationGuide-fhir.json' : file]!;
      expect(codes, file).toContain(reason.split(':')[0]);
    }
  }, 120_000);

  it('are valid in the copy beside this project, too', ({ skip }) => {
    skip(!hasShared, noShared);
    const folder = join(shared, 'r4-examples/dev');
    const refused = readdirSync(folder)
      .filter((name) => name.endsWith('.gz'))
      .flatMap((name) => linesOf(join(folder, name)) as readonly JsonObject[])
      .filter((resource) => hasErrors(validateResource(resource)))
      .map(({ resourceType, id }) => `${resourceType as string}-${id as string}.json`);
    expect(refused.filter((file) => !(file in wrongExamples))).toEqual([]);
    expect(refused.length).toBeLessThan(10);
  });
});

interface Row {
  readonly id: string;
  readonly file: string;
  readonly present: boolean;
  readonly profile: string | null;
  readonly packages: readonly string[] | null;
  readonly supporting: readonly string[] | null;
  readonly outcomeFound: boolean;
  readonly severities: { readonly error?: number; readonly fatal?: number };
  readonly errors: readonly { readonly text: string }[];
}

/** What HL7's validator reports from knowledge that R4's own definitions do not have. */
const beyondBase: readonly (readonly [text: RegExp, reason: string])[] = [
  [/^Unknown code|^Wrong Display Name|Invalid ECL/, 'SNOMED CT, LOINC and other code systems'],
  [/The extension .* could not be found|definition allows for the types/i, 'the definitions of extensions'],
  [
    /\(from http:\/\/hl7\.org\/fhir\/StructureDefinition\/bodytemp\|/,
    'the vital signs profiles, found by a LOINC code',
  ],
  [/in the derivedFrom SearchParameter|is not declared in the base CodeSystem/, 'other resources'],
  [/^Hyperlink .* does not resolve|Can't find|^Found \d+ matches/, 'which texts and entries belong together'],
  [/looks like a RESTful server URL/, 'agreement of fullUrl and id, which examples of R4 break themselves'],
  [/When HL7 is publishing|^Example URLs are not allowed/, 'rules for publishers'],
  [/embedded HTML tag/, 'a security policy for texts, which R4 leaves to the one who displays them'],
  [
    /Supplements SHALL have a content|expression language must be/,
    'rules of later versions and of terminology servers',
  ],
  [/^Stated Attachment Size/, 'a comparison of size and data that R4 does not ask for'],
  [/compose\.include\.system must be absolute/, 'a rule that R4’s own example-hierarchical breaks'],
];

/** Rows where we and the validator still disagree, each read. */
const explained: Readonly<Record<string, string>> = {
  'sig-bundle.json': 'Its signature does not verify, which is not a matter of structure.',
};

describe('the test cases of the validator of HL7', () => {
  const base = (): readonly Row[] =>
    readFileSync(join(shared, 'cases/dev/validator-r4.jsonl'), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Row)
      .filter(({ present, outcomeFound, profile, packages, supporting, file }) => {
        const isAlone = !profile && !packages && !supporting;
        return present && outcomeFound && isAlone && file.endsWith('.json') && existsSync(caseFile(file));
      });
  const caseFile = (file: string): string => join(shared, 'fhir-test-cases/validator', file);

  const weRefuse = ({ file }: Row): boolean => {
    try {
      return hasErrors(validateResource(parseJson(readFileSync(caseFile(file), 'utf8'))));
    } catch (error) {
      expect(error).toBeInstanceOf(MalformedJson);
      return true;
    }
  };
  const theyRefuse = ({ severities, errors }: Row): boolean =>
    severities.fatal !== undefined || errors.some(({ text }) => !beyondBase.some(([pattern]) => pattern.test(text)));

  it('agree on what has an error, as far as R4 itself says so', ({ skip }) => {
    skip(!hasShared, noShared);
    const rows = base();
    expect(rows.length).toBeGreaterThanOrEqual(90);
    const disagreements = rows.filter((row) => weRefuse(row) !== theyRefuse(row));
    expect(disagreements.map(({ id }) => id)).toEqual(Object.keys(explained));
    expect(disagreements.length).toBeLessThan(rows.length * 0.05);
  });

  it('never find us stricter than their validator', ({ skip }) => {
    skip(!hasShared, noShared);
    const stricter = base().filter((row) => weRefuse(row) && !row.severities.error && !row.severities.fatal);
    expect(stricter.map(({ id }) => id)).toEqual([]);
  });

  it('that bring profiles find nothing but profiles', ({ skip }) => {
    skip(!hasShared, noShared);
    const needless = beyondBase.filter(
      ([pattern]) => !base().some(({ errors }) => errors.some(({ text }) => pattern.test(text))),
    );
    expect(needless).toEqual([]);
  });
});

describe('Synthea', () => {
  it('wrote bundles that are valid as a whole and entry by entry', ({ skip }) => {
    skip(!hasShared, noShared);
    const refused: string[] = [];
    let entries = 0;
    for (const set of ['smart-r4-2019', 'iris-2020']) {
      const folder = join(shared, 'synthea', set);
      for (const file of shareOf(
        readdirSync(folder).filter((name) => name.endsWith('.gz')),
        4,
      )) {
        const bundle = parseJson(gunzipSync(readFileSync(join(folder, file))).toString()) as JsonObject;
        entries += (bundle['entry'] as readonly Json[]).length;
        refused.push(...errorCodes(bundle).map((code) => `${file} ${code}`));
      }
    }
    if (isFull) expect(entries).toBe(64_074);
    else expect(entries).toBeGreaterThan(10_000);
    expect(refused).toEqual([]);
  }, 120_000);
});

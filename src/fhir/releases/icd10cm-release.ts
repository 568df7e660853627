import { basename } from 'node:path';
import { outlineOf } from '../storage/concepts/concept-numbers.js';
import { InvalidRelease, propertyKey, type ReleaseConcept } from '../storage/concepts/release-concept.js';
import type { Release } from '../storage/concepts/terminology-store.js';
import { linesOf } from './lines.js';

export const icd10cmOrder = /^icd10cm[-_]order[-_](?:(\d{4})|.*)\.txt(?:\.gz)?$/i;

/** The order file of ICD-10-CM (https://www.cms.gov/medicare/coding-billing/icd-10-codes): fields by their place in the line. */
export function icd10cmRelease(path: string, version: string | undefined): Release {
  const year = version ?? icd10cmOrder.exec(basename(path))?.[1];
  if (year === undefined) throw new InvalidRelease(`The version of ${path} has to be named: --version 2025`);
  return {
    format: 'icd-10-cm',
    head: {
      resourceType: 'CodeSystem',
      url: 'http://hl7.org/fhir/sid/icd-10-cm',
      version: year,
      name: 'ICD_10_CM',
      title: 'International Classification of Diseases, 10th Revision, Clinical Modification (ICD-10-CM)',
      status: 'active',
      caseSensitive: false,
      hierarchyMeaning: 'is-a',
      content: 'complete',
    },
    properties: () => [{ code: 'billable', type: 'boolean', description: 'Valid for submission, and no header.' }],
    outline: () => outlineOf(conceptsIn(path)),
    concepts: () => conceptsIn(path),
  };
}

interface CodeInOrder extends ReleaseConcept {
  readonly parents: readonly string[];
}

async function* conceptsIn(path: string): AsyncGenerator<readonly CodeInOrder[]> {
  /** Codes that the next one may be below, without dots. */
  let open: readonly string[] = [];
  for await (const { texts, first } of linesOf(path)) {
    const concepts: CodeInOrder[] = [];
    for (const [i, text] of texts.entries()) {
      if (text === '') continue;
      const { code, isBillable, display } = fieldsOf(text, `${path}, line ${first + i}`);
      open = open.filter((one) => code.startsWith(one));
      const parent = open.at(-1);
      open = [...open, code];
      concepts.push({
        code: dotted(code),
        display,
        texts: [],
        keys: [propertyKey('billable', String(isBillable))],
        told: JSON.stringify({ property: [{ code: 'billable', valueBoolean: isBillable }] }),
        parents: parent === undefined ? [] : [dotted(parent)],
        isAbstract: false,
        isInactive: false,
      });
    }
    yield concepts;
  }
}

function fieldsOf(
  text: string,
  place: string,
): { readonly code: string; readonly isBillable: boolean; readonly display: string } {
  const code = text.slice(6, 13).trim();
  const flag = text[14];
  const long = text.slice(77).trim();
  if (!/^\d{5} $/.test(text.slice(0, 6)) || !/^[A-Z]\d[0-9A-Z]{1,5}$/.test(code) || (flag !== '0' && flag !== '1'))
    throw new InvalidRelease(
      `${place} is none of an order file: it has a number of 5 digits, a blank, a code of 3 to 7 characters, 0 or 1 at the 15th place, and names.`,
    );
  return { code, isBillable: flag === '1', display: long === '' ? text.slice(16, 76).trim() : long };
}

/** FHIR has the codes with the dot that the file leaves out (https://hl7.org/fhir/R4/icd.html). */
const dotted = (code: string): string => (code.length > 3 ? `${code.slice(0, 3)}.${code.slice(3)}` : code);

import { above, confidentialities, type Confidentiality } from '../../../r4/model/confidentiality.js';
import { isObject, type JsonObject } from '../../../r4/json/json.js';
import { labelsOf } from '../../../r4/model/labels.js';
import { plainText } from '../../../r4/search/index/indexers/value-indexer.js';
import { unitSeparator } from '../../../r4/search/index/index-values.js';
import { storedHashes } from '../indexing/stored-hashes.js';
import type { BindParameters } from '../session/statement.js';

/** The code system of R4, those of STU3 and HL7 v3, and none: a label counts whichever of them names it. */
const systems = [
  'http://terminology.hl7.org/CodeSystem/v3-Confidentiality',
  'http://hl7.org/fhir/v3/Confidentiality',
  'urn:oid:2.16.840.1.113883.5.25',
  '',
];

/** Codes of v3-Confidentiality that were retired; each meant as much as R. */
const retired = ['B', 'C', 'D', 'ETH', 'HIV', 'I', 'PSY', 'S', 'SDV', 'T'];

const entryOf = (code: string, system: string): string => ['_security', code, system].join(unitSeparator);

function entriesAbove(clearance: Confidentiality): readonly string[] {
  const codes = [...above(clearance), ...(above(clearance).includes('R') ? retired : [])];
  return systems.flatMap((system) => codes.map((code) => entryOf(code, system)));
}

/** Index entries, and their hashes, of the labels above each clearance; all tenants share hashes of codes. */
const labelsAbove = new Map(
  confidentialities.map((clearance) => {
    const entries = entriesAbove(clearance);
    return [clearance, { entries, hashes: storedHashes(entries) }] as const;
  }),
);

/** The SQL condition that no confidentiality label of `row` is above the clearance: of several, the highest counts. */
export function labelPredicate(clearance: Confidentiality, row: string, parameters: BindParameters): string {
  const { entries, hashes } = labelsAbove.get(clearance)!;
  return (
    `NOT (${row}.tok && ${parameters.share(hashes, 'bigint[]')} ` +
    `AND ${row}.val && ${parameters.share(entries, 'text[]')})`
  );
}

/** True if a resource has a label above the clearance. */
export function isLabelledAbove(resource: JsonObject, clearance: Confidentiality): boolean {
  const entries = new Set(labelsAbove.get(clearance)!.entries);
  return labelsOf(resource['meta'], 'security').some(
    (label) => isObject(label) && entries.has(entryOf(plainText(label['code']), plainText(label['system']))),
  );
}

import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { InvalidRelease } from '../storage/concepts/release-concept.js';
import type { Release } from '../storage/concepts/terminology-store.js';
import { icd10cmOrder, icd10cmRelease } from './icd10cm-release.js';
import { jsonRelease, ndjsonRelease } from './json-release.js';
import { loincRelease, loincTable } from './loinc-release.js';
import { filesBelow, filesNamed, theFile } from './release-files.js';
import { rxnormNames, rxnormRelease } from './rxnorm-release.js';
import { snomedConcepts, snomedRelease } from './snomed-release.js';

const known =
  'a CodeSystem as .json or .ndjson (also .gz), or the unpacked folder of LOINC (Loinc.csv), SNOMED CT RF2 (sct2_Concept_Snapshot_….txt), ' +
  'RxNorm (RXNCONSO.RRF) or ICD-10-CM (icd10cm_order_….txt)';

/** The release in a file or a folder, by the names of its files; `version`: instead of what those say. Throws {@link InvalidRelease}. */
export async function openRelease(path: string, version?: string): Promise<Release> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new InvalidRelease(`${path}: there is no such file or folder.`);
  const isFolder = found.isDirectory();
  const files = isFolder ? await filesBelow(path) : [path];
  const has = (name: RegExp): boolean => filesNamed(files, name).length > 0;
  if (has(loincTable)) return loincRelease(files, theFile(files, loincTable, path), version);
  if (has(snomedConcepts)) return snomedRelease(files, version);
  if (has(rxnormNames)) return rxnormRelease(files, theFile(files, rxnormNames, path), version);
  if (has(icd10cmOrder)) return icd10cmRelease(theFile(files, icd10cmOrder, path), version);
  const plain = basename(path).replace(/\.gz$/i, '');
  const release = isFolder ? undefined : await ofFile(path, plain);
  if (!release) throw new InvalidRelease(`${path} is none of the releases that this server knows: ${known}.`);
  return version === undefined ? release : { ...release, head: { ...release.head, version } };
}

function ofFile(path: string, name: string): Promise<Release> | undefined {
  if (/\.ndjson$/i.test(name)) return ndjsonRelease(path);
  return /\.json$/i.test(name) ? jsonRelease(path) : undefined;
}

import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface PackageContent {
  readonly name: string;
  readonly version: string;
  readonly fhirVersions?: readonly string[];
  readonly resources: readonly { readonly resourceType: string; readonly id: string }[];
}

export const packagesFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'lanyard-packages-'));

/** Writes a FHIR package as the cache of HL7's tools has it; answers its folder, which holds `package/`. */
export async function writePackage(folder: string, { resources, ...manifest }: PackageContent): Promise<string> {
  const root = join(folder, `${manifest.name}#${manifest.version}`);
  await mkdir(join(root, 'package'), { recursive: true });
  await writeFile(join(root, 'package', 'package.json'), JSON.stringify({ fhirVersions: ['4.0.1'], ...manifest }));
  for (const resource of resources) {
    await writeFile(join(root, 'package', `${resource.resourceType}-${resource.id}.json`), JSON.stringify(resource));
  }
  return root;
}

/** Definitions for packages of tests. */
export const aValueSet = {
  resourceType: 'ValueSet',
  id: 'pulse',
  url: 'http://guide.example/ValueSet/pulse',
  version: '1.0.0',
  status: 'active',
  compose: { include: [{ system: 'http://loinc.org', concept: [{ code: '8867-4' }] }] },
};
export const aParameter = {
  resourceType: 'SearchParameter',
  id: 'tribe',
  url: 'http://guide.example/SearchParameter/tribe',
  name: 'Tribe',
  status: 'active',
  description: 'tribe',
  code: 'tribe',
  base: ['Patient'],
  type: 'token',
  expression: `Patient.extension.where(url = 'http://guide.example/tribe').value`,
};
/** Asks more of a Slot than R4 does. */
export const aProfile = {
  resourceType: 'StructureDefinition',
  id: 'slot',
  url: 'http://guide.example/StructureDefinition/slot',
  version: '1.0.0',
  name: 'GuideSlot',
  status: 'active',
  kind: 'resource',
  abstract: false,
  type: 'Slot',
  baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Slot',
  derivation: 'constraint',
  differential: { element: [{ id: 'Slot.comment', path: 'Slot.comment', min: 1 }] },
};

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

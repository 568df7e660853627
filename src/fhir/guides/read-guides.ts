import { resourceTypes } from '../../r4/model/resource-types.js';
import type { JsonObject } from '../../r4/json/json.js';
import { idOf, type PackageName, readPackage } from './fhir-package.js';
import type { Guide, ServerRequirements } from './guide.js';
import { requirementsOf, resourcesOf, restOf } from './requirements.js';

const types = ['CapabilityStatement', 'ImplementationGuide', 'SearchParameter'];

/** Reads guides from packages in a folder; of each only what is gone by stays in memory. */
export async function readGuides(names: readonly PackageName[], folder: string): Promise<readonly Guide[]> {
  const guides: Guide[] = [];
  for (const name of names) guides.push(await readGuide(name, folder));
  return guides;
}

async function readGuide(name: PackageName, folder: string): Promise<Guide> {
  const servers: ServerRequirements[] = [];
  const searchParameters: JsonObject[] = [];
  let canonical: string | undefined;
  for await (const resource of readPackage(folder, name, types)) {
    const { resourceType, url } = resource;
    if (typeof url !== 'string') continue;
    if (resourceType === 'ImplementationGuide') canonical = `${url}|${name.version}`;
    else if (resourceType === 'SearchParameter') searchParameters.push(withoutTexts(resource));
    else if (restOf(resource) && resource['kind'] === 'requirements') servers.push(serverOf(url, resource));
  }
  return { id: idOf(name), canonical, servers, searchParameters };
}

const serverOf = (url: string, statement: JsonObject): ServerRequirements => ({
  url,
  requirements: requirementsOf(statement),
  profiles: new Map(
    resourcesOf(statement).flatMap(({ type, supportedProfile }) =>
      typeof type === 'string' && resourceTypes.has(type) && Array.isArray(supportedProfile)
        ? [[type, supportedProfile.map((profile) => String(profile).replace(/\|.*$/, ''))] as const]
        : [],
    ),
  ),
});

/** The prose of a definition is most of it. */
const withoutTexts = ({ text: _text, description: _description, ...rest }: JsonObject): JsonObject => rest;

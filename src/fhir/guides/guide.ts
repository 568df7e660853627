import type { JsonObject } from '../../r4/json/json.js';
import { resourceTypes } from '../../r4/model/resource-types.js';
import { idOf, type PackageName } from '../../r4/packages/package-manifest.js';
import { type Requirement, requirementsOf, resourcesOf, restOf } from './requirements.js';

/** Requirements of servers in a CapabilityStatement of kind `requirements`. */
export interface ServerRequirements {
  /** Its canonical URL, which a server that meets it instantiates. */
  readonly url: string;
  readonly requirements: readonly Requirement[];
  /** By resource type. */
  readonly profiles: ReadonlyMap<string, readonly string[]>;
}

/** Requirements of an implementation guide on servers (https://hl7.org/fhir/R4/implementationguide.html). */
export interface Guide {
  /** Name and version of its package: `hl7.fhir.us.core@6.1.0`. */
  readonly id: string;
  /** Canonical of its ImplementationGuide, with the version. */
  readonly canonical: string | undefined;
  readonly servers: readonly ServerRequirements[];
  /** Bases of the canonicals of packages that it rests on, by their names, as its ImplementationGuide has them. */
  readonly bases: Readonly<Record<string, string>>;
}

/** Reads a guide out of the definitions of its package. */
export class GuideReader {
  private canonical: string | undefined;
  private readonly bases: Record<string, string> = {};
  private readonly servers: ServerRequirements[] = [];

  add(resource: JsonObject): void {
    const { resourceType, url } = resource;
    if (typeof url !== 'string') return;
    if (resourceType === 'ImplementationGuide') {
      this.canonical ??= url;
      this.addBases(resource);
    } else if (resourceType === 'CapabilityStatement' && restOf(resource) && resource['kind'] === 'requirements')
      this.servers.push(serverOf(url, resource));
  }

  result(name: PackageName): Guide {
    const canonical = this.canonical === undefined ? undefined : `${this.canonical}|${name.version}`;
    return { id: idOf(name), canonical, servers: this.servers, bases: this.bases };
  }

  private addBases({ dependsOn }: JsonObject): void {
    if (!Array.isArray(dependsOn)) return;
    for (const one of dependsOn as readonly JsonObject[]) {
      const { packageId, uri } = one;
      if (typeof packageId === 'string' && typeof uri === 'string')
        this.bases[packageId] = uri.replace(/\/ImplementationGuide\/[^/]*$/, '');
    }
  }
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

/** As it is stored beside its package. */
export const guideText = ({ servers, ...guide }: Guide): string =>
  JSON.stringify({ ...guide, servers: servers.map((one) => ({ ...one, profiles: [...one.profiles] })) });

type StoredGuide = Omit<Guide, 'servers'> & {
  readonly servers: readonly (Omit<ServerRequirements, 'profiles'> & {
    readonly profiles: readonly (readonly [string, readonly string[]])[];
  })[];
};

export function readGuideText(text: string): Guide {
  const { servers, ...guide } = JSON.parse(text) as StoredGuide;
  return { ...guide, servers: servers.map((one) => ({ ...one, profiles: new Map(one.profiles) })) };
}

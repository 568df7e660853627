import type { JsonObject } from '../../r4/json/json.js';
import type { Guide, ServerRequirements } from './guide.js';
import { isMet, type Requirement } from './requirements.js';

/** Claims of a server about guides, of which all hold (docs/adr/0052-implementation-guides.md). */
export interface Claims {
  readonly instantiates: readonly string[];
  readonly implementationGuide: readonly string[];
  /** By resource type. */
  readonly profiles: ReadonlyMap<string, readonly string[]>;
}

/** `statement`: the CapabilityStatement of the server, as it is without claims. */
export function claimsOf(guides: readonly Guide[], statement: JsonObject): Claims {
  const profiles = new Map<string, readonly string[]>();
  for (const server of guides.flatMap((guide) => guide.servers)) {
    for (const [type, urls] of supportedProfiles(server, statement)) {
      profiles.set(type, [...new Set([...(profiles.get(type) ?? []), ...urls])]);
    }
  }
  const holding = guides.filter(({ servers }) => servers.some((server) => holds(server, statement)));
  const servers = holding.flatMap((guide) => guide.servers).filter((server) => holds(server, statement));
  return {
    instantiates: [...new Set(servers.map(({ url }) => url))],
    implementationGuide: holding.flatMap(({ canonical }) => canonical ?? []),
    profiles,
  };
}

/** The requirements that the server does not meet; recommendations with `isRequired` false. */
export const unmet = ({ requirements }: ServerRequirements, statement: JsonObject): readonly Requirement[] =>
  requirements.filter((requirement) => requirement.isOfRequiredType && !isMet(requirement, statement));

const holds = (server: ServerRequirements, statement: JsonObject): boolean =>
  unmet(server, statement).every(({ isRequired }) => !isRequired);

/** A profile is supported where all that the guide requires of its type is offered. */
const supportedProfiles = (
  { profiles, requirements }: ServerRequirements,
  statement: JsonObject,
): readonly (readonly [string, readonly string[]])[] =>
  [...profiles].filter(([type]) =>
    requirements.every((one) => one.type !== type || !one.isRequired || isMet(one, statement)),
  );

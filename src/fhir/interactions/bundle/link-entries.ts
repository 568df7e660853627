import { InvalidRequest } from '../../../r4/errors/fhir-error.js';
import type { Json } from '../../../r4/json/json.js';
import { printable } from '../../../r4/errors/request-errors.js';
import { conditionalReference } from '../../../r4/model/reference.js';
import { standsAs } from '../../../r4/places/sent-text.js';
import type { Patch } from '../read-patch.js';
import type { BundleEntry } from './bundle-entry.js';
import { type Link, type LinkContext, type LinkTargets, rewriteLinks } from './rewrite-links.js';

type NamedEntry = BundleEntry & { readonly id?: string };

/**
 * `fullUrl` of every entry that creates or updates → the address it will have
 * (https://hl7.org/fhir/R4/bundle.html#bundle-unique). Throws 400 where one is no identity or stands twice.
 */
export function linkTargets(entries: readonly NamedEntry[]): LinkTargets {
  const targets = new Map<string, string>();
  for (const { fullUrl, id, interaction, index } of entries) {
    if (fullUrl === undefined) continue;
    if (fullUrl.includes('/_history/')) {
      throw wrongUrl(index, 'invalid', `fullUrl "${printable(fullUrl)}" names a version; it must name a resource.`);
    }
    if (id === undefined || interaction.kind === 'delete') continue;
    if (targets.has(fullUrl)) {
      throw wrongUrl(index, 'duplicate', `Two entries have the same fullUrl, "${printable(fullUrl)}".`);
    }
    targets.set(fullUrl, `${interaction.type}/${id}`);
  }
  return targets;
}

const wrongUrl = (index: number, code: string, diagnostics: string): InvalidRequest =>
  new InvalidRequest({ code, diagnostics, expression: [`Bundle.entry[${index}].fullUrl`] });

/** The entry with its links to other entries and its conditional references replaced. Throws 400 where one leads nowhere. */
export function linkEntry<E extends BundleEntry>(
  entry: E,
  targets: LinkTargets,
  context: Pick<LinkContext, 'matches' | 'made'>,
): E {
  if (!entry.resource) return entry;
  const { resource, dangling } = rewriteLinks(entry.resource, targets, { base: baseOf(entry.fullUrl), ...context });
  const [lost] = dangling;
  if (lost) {
    throw new InvalidRequest({
      code: 'not-found',
      diagnostics: `"${printable(lost.link)}" is the fullUrl of no entry in this bundle.`,
      expression: [lost.expression],
    });
  }
  if (resource !== entry.resource) standsAs(resource, entry.resource);
  return { ...entry, resource };
}

/** The patch, with links to entries replaced in what it makes: those of a JSON Patch are base64 in its entry. */
export const linkedPatch = (patch: Patch, targets: LinkTargets): Patch =>
  targets.size === 0 ? patch : { ...patch, apply: (resource) => rewriteLinks(patch.apply(resource), targets).resource };

const noTargets: LinkTargets = new Map();

/** The conditional references of an entry. Most have none, which a look at the strings tells fast. */
export function conditionalLinks({ resource }: BundleEntry): readonly Link[] {
  return resource && holdsCondition(resource) ? rewriteLinks(resource, noTargets).conditional : [];
}

/** True where a reference is a condition, such as `Patient?identifier=1`. */
export function holdsCondition(value: Json | undefined): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(holdsCondition);
  return Object.entries(value).some(([name, child]) =>
    typeof child === 'string' ? name === 'reference' && conditionalReference.test(child) : holdsCondition(child),
  );
}

/** Relative references are relative to it (https://hl7.org/fhir/R4/bundle.html#references); undefined for `urn:`. */
const baseOf = (fullUrl: string | undefined): string | undefined =>
  fullUrl === undefined ? undefined : /^(https?:\/\/.+)\/[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/.exec(fullUrl)?.[1];

import { InvalidRequest } from '../model/fhir-error.js';
import { NotOffered, printable } from '../model/request-errors.js';
import type { BundleEntry } from './bundle-entry.js';
import { type LinkTargets, rewriteLinks } from './rewrite-links.js';

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

/** The entry with its links to other entries replaced. Throws 400 where one leads nowhere. */
export function linkEntry<E extends BundleEntry>(entry: E, targets: LinkTargets): E {
  if (!entry.resource) return entry;
  const { resource, dangling, conditional } = rewriteLinks(entry.resource, targets, baseOf(entry.fullUrl));
  const [lost] = dangling;
  if (lost) {
    throw new InvalidRequest({
      code: 'not-found',
      diagnostics: `"${printable(lost.link)}" is the fullUrl of no entry in this bundle.`,
      expression: [lost.expression],
    });
  }
  if (conditional[0] !== undefined) throw new NotOffered(`Conditional references are not offered (${conditional[0]}).`);
  return { ...entry, resource };
}

/** Relative references are relative to it (https://hl7.org/fhir/R4/bundle.html#references); undefined for `urn:`. */
const baseOf = (fullUrl: string | undefined): string | undefined =>
  fullUrl === undefined ? undefined : /^(https?:\/\/.+)\/[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/.exec(fullUrl)?.[1];

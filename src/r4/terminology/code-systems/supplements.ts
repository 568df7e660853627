import { canonicalText, parseCanonical } from '../canonical.js';
import { CannotExpand } from '../cannot-expand.js';
import type { CodeSystem } from './code-system.js';
import type { Foreseen, TerminologySource } from '../terminology-source.js';
import type { ValueSet } from '../value-sets/value-set.js';

/** Supplements of one call. */
const mostSupplements = 20;

/**
 * Finds supplements of code systems by canonical (https://hl7.org/fhir/R4/codesystem.html#supplements). Throws {@link CannotExpand} for
 * one that is not here, is none, or names no base.
 */
export async function findSupplements(
  source: TerminologySource,
  canonicals: readonly string[],
): Promise<readonly CodeSystem[]> {
  const names = [...new Set(canonicals)];
  if (names.length > mostSupplements)
    throw new CannotExpand(`These are ${names.length} supplements; a call takes ${mostSupplements}.`);
  const found = await source.codeSystems(names);
  return names.map((name, i) => {
    const supplement = found[i];
    if (!supplement) throw new CannotExpand(`The supplement '${name}' could not be found.`, 'not-found');
    if (supplement.content !== 'supplement')
      throw new CannotExpand(`The CodeSystem '${name}' is no supplement: its content is "${supplement.content}".`);
    if (supplement.supplements === undefined)
      throw new CannotExpand(`The supplement '${name}' does not say by "supplements" which code system it is for.`);
    return supplement;
  });
}

/** A source whose code systems have the designations and properties that supplements add. */
export class SupplementedSource implements TerminologySource {
  readonly versionsOf: TerminologySource['versionsOf'];

  constructor(
    private readonly source: TerminologySource,
    private readonly supplements: readonly CodeSystem[],
  ) {
    this.versionsOf = source.versionsOf && ((url) => source.versionsOf!(url));
  }

  valueSets(names: readonly string[]): Promise<readonly (ValueSet | undefined)[]> {
    return this.source.valueSets(names);
  }

  async codeSystems(names: readonly string[], foreseen?: Foreseen): Promise<readonly (CodeSystem | undefined)[]> {
    const found = await this.source.codeSystems(names, foreseen);
    return found.map((one) => one && this.supplemented(one));
  }

  private supplemented(base: CodeSystem): CodeSystem {
    const own = this.supplements.filter((one) => supplementsOf(one, base));
    const loaded = base.stored ? undefined : own.find(({ stored }) => stored);
    if (loaded)
      throw new CannotExpand(
        `The supplement '${supplementName(loaded)}' was loaded, and ${base.url} was not: load that code system too, or store the supplement as a CodeSystem.`,
      );
    return own.length === 0 ? base : base.supplementedBy(own);
  }
}

/** True if the supplement is for this code system; one for an edition of SNOMED CT is for each of its versions. */
export function supplementsOf(
  { supplements = '' }: Pick<CodeSystem, 'supplements'>,
  base: Pick<CodeSystem, 'url' | 'version'>,
): boolean {
  const { url, version } = parseCanonical(supplements);
  if (url !== base.url) return false;
  return version === undefined || version === base.version || base.version?.startsWith(`${version}/version/`) === true;
}

/** Throws {@link CannotExpand} for a supplement of a call on one code system that is for another one. */
export function requireSupplementsOf(supplements: readonly CodeSystem[], base: CodeSystem): void {
  const other = supplements.find((one) => !supplementsOf(one, base));
  if (!other) return;
  throw new CannotExpand(
    `The supplement '${supplementName(other)}' is for ${other.supplements}, and the call is about ${canonicalText(base.url, base.version)}, to which it adds nothing. ` +
      'Leave it out, ask about that version, or correct "supplements".',
  );
}

/** Name of a supplement, as answers tell it. */
export const supplementName = ({ url, version }: CodeSystem): string => canonicalText(url, version);

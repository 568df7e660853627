import { parseCanonical } from './canonical.js';
import { versionOrder } from './version-order.js';

/** Canonicals with versions, as the parameters of the operations have them. */
export interface AskedVersions {
  /** `force-system-version`: whatever a value set says. */
  readonly forced?: readonly string[];
  /** `check-system-version`: where another version would be used, there is no answer. */
  readonly checked?: readonly string[];
  /** `system-version`: where a value set names none. */
  readonly preferred?: readonly string[];
}

/** Versions of code systems that one call asks for (https://hl7.org/fhir/R4/valueset-operation-expand.html). */
export class SystemVersions {
  private readonly forced: ReadonlyMap<string, string>;
  private readonly checked: ReadonlyMap<string, string>;
  private readonly preferred: ReadonlyMap<string, string>;

  constructor({ forced = [], checked = [], preferred = [] }: AskedVersions = {}) {
    this.forced = byUrl(forced);
    this.checked = byUrl(checked);
    this.preferred = byUrl(preferred);
  }

  /** Version that counts for a part of a value set; `written`: the one that it names. */
  wanted(system: string, written: string | undefined): string | undefined {
    return this.forced.get(system) ?? written ?? this.preferred.get(system) ?? this.checked.get(system);
  }

  isForced(system: string): boolean {
    return this.forced.has(system);
  }

  /** Version that a check asks for, where the one used is another. */
  violated(system: string, used: string | undefined): string | undefined {
    const wanted = this.checked.get(system);
    return wanted === undefined || (used !== undefined && matchesVersion(wanted, used)) ? undefined : wanted;
  }
}

const byUrl = (canonicals: readonly string[]): ReadonlyMap<string, string> =>
  new Map(
    canonicals.flatMap((text) => {
      const { url, version } = parseCanonical(text);
      return version === undefined ? [] : [[url, version] as const];
    }),
  );

const isAny = (part: string | undefined): boolean => part === 'x' || part === '*';

/** True if a version has parts that stand for any, such as `1.x`. */
export const isPattern = (version: string): boolean => version.split('.').some(isAny);

/** `1.x`, `1.x.x` and `1.*` take any 1.x; any other version takes itself. */
export function matchesVersion(wanted: string, version: string): boolean {
  if (!isPattern(wanted)) return wanted === version;
  const [asked, own] = [wanted.split('.'), version.split('.')];
  return asked.every((part, i) => isAny(part) || part === own[i]);
}

export const newestFirst = (versions: Iterable<string>): readonly string[] =>
  [...versions].toSorted((a, b) => (versionOrder(a) < versionOrder(b) ? 1 : -1));

/** The newest of versions that a version or a pattern takes; of all, where none is asked for. */
export const newestVersion = (versions: Iterable<string>, wanted?: string): string | undefined =>
  newestFirst(versions).find((one) => wanted === undefined || matchesVersion(wanted, one));

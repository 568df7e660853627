import { canonicalText } from './canonical.js';
import { type Part, textOf } from './read-resource.js';
import type { SystemVersions } from './system-versions.js';
import type { ValueSetPart } from './value-sets/value-set.js';

/** Elements that a value set may have about a code. */
const sayings = ['display', 'designation', 'extension'] as const;

/** Code systems that value sets include, in which versions, and what they say of codes that they list. */
export class NamedSystems {
  /** By system and code. */
  readonly said = new Map<string, ReadonlyMap<string, Part>>();
  private readonly systems = new Map<string, Named>();

  constructor(private readonly asked: SystemVersions) {}

  note({ system = '', version, codes = [], concepts = [] }: ValueSetPart): void {
    const wanted = this.asked.wanted(system, version);
    const named = this.systems.get(system) ?? { versions: new Set<string>(), listed: new Map<string, string>() };
    if (wanted !== undefined) {
      named.versions.add(wanted);
      for (const code of codes) if (!named.listed.has(code)) named.listed.set(code, wanted);
    }
    this.systems.set(system, {
      ...named,
      wanted: wanted ?? named.wanted,
      written: version ?? named.written,
    });
    this.saySome(system, concepts);
  }

  /** True if a value set includes the code system. */
  has(system: string): boolean {
    return this.systems.has(system);
  }

  /** The version of a code system, or of a code that a value set lists, that counts; undefined: none is named. */
  versionOf(system: string, code?: string): string | undefined {
    const named = this.systems.get(system);
    return (code === undefined ? undefined : named?.listed.get(code)) ?? named?.wanted;
  }

  /** A code system with the version that counts. */
  readonly canonicalOf = (system: string): string => canonicalText(system, this.versionOf(system));

  /** The versions that value sets include, where they are several. */
  versionsOf(system: string): readonly string[] {
    const versions = [...(this.systems.get(system)?.versions ?? [])];
    return versions.length > 1 ? versions : [];
  }

  /** The version that a value set names, even if the call names another one. */
  writtenVersionOf(system: string): string | undefined {
    return this.systems.get(system)?.written;
  }

  private saySome(system: string, concepts: readonly Part[]): void {
    const told = concepts.filter((one) => sayings.some((name) => one[name] !== undefined));
    if (told.length === 0) return;
    const entries = told.map((one) => [textOf(one['code']) ?? '', one] as const);
    this.said.set(system, new Map([...(this.said.get(system) ?? []), ...entries]));
  }
}

interface Named {
  readonly versions: Set<string>;
  /** Versions in which codes are listed. */
  readonly listed: Map<string, string>;
  readonly wanted?: string | undefined;
  readonly written?: string | undefined;
}

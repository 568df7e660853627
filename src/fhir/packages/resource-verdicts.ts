import type { ProfileRuleFinding } from '../../r4/validation/profiles/profile-finding.js';

/** An error that a resource would have, without any of its values. */
export interface ExampleFinding {
  /** Code of the finding, or key of the invariant. */
  readonly code: string;
  /** Simple FHIRPath. */
  readonly expression: string;
  /** `url|version#element` that asks. */
  readonly asked: string;
}

/** A resource that would become invalid. */
export interface Example {
  /** Absent where the caller may not read the resource. */
  readonly reference?: string;
  readonly findings: readonly ExampleFinding[];
}

/** Stored resources of a type that claim a profile, or have to meet it by VALIDATION_PROFILES. */
export interface ProfileVerdicts {
  readonly type: string;
  /** Url without version; of VALIDATION_PROFILES as it is there. */
  readonly profile: string;
  readonly checked: number;
  /** Valid now, and invalid after the installation. */
  readonly becomeInvalid: number;
  /** Invalid now, and after it. */
  readonly stayInvalid: number;
  /** Invalid now, and valid after it. */
  readonly becomeValid: number;
  readonly examples: readonly Example[];
}

/** Change of the validity of stored resources by an installation. */
export interface ResourceVerdicts {
  readonly judged: 'sample' | 'all';
  /** Resources; one with several profiles is in several rows. */
  readonly checked: number;
  readonly becomeInvalid: number;
  /** Errors after the installation that suppression rules in force let pass (docs/adr/0113). */
  readonly suppressed: number;
  /** By type and profile; those where something changes first. */
  readonly profiles: readonly ProfileVerdicts[];
}

export interface CountedVerdict {
  readonly isValidNow: boolean;
  readonly errors: readonly ProfileRuleFinding[];
  readonly suppressed: number;
  readonly example: Example | undefined;
}

interface Row {
  readonly type: string;
  readonly profile: string;
  checked: number;
  becomeInvalid: number;
  stayInvalid: number;
  becomeValid: number;
  readonly examples: Example[];
}

const mostExamples = 5;

/** Counts verdicts by type and profile. */
export class VerdictTable {
  private readonly rows = new Map<string, Row>();
  private becomeInvalid = 0;
  private suppressed = 0;
  resources = 0;

  /** `profiles`: those of which there may be rows; `required`: VALIDATION_PROFILES. */
  constructor(
    private readonly profiles: ReadonlySet<string>,
    private readonly required: Readonly<Record<string, readonly string[]>>,
  ) {}

  wantsExample(type: string, claims: readonly string[]): boolean {
    return this.namesOf(type, claims).some((profile) => this.row(type, profile).examples.length < mostExamples);
  }

  add(type: string, claims: readonly string[], { isValidNow, errors, suppressed, example }: CountedVerdict): void {
    const change = changeOf(isValidNow, errors.length === 0);
    this.resources++;
    this.suppressed += suppressed;
    if (change === 'becomeInvalid') this.becomeInvalid++;
    for (const profile of this.namesOf(type, claims)) {
      const row = this.row(type, profile);
      row.checked++;
      if (change) row[change]++;
      if (example && row.examples.length < mostExamples) row.examples.push(example);
    }
  }

  result(judged: ResourceVerdicts['judged']): ResourceVerdicts {
    const profiles = [...this.rows.values()].toSorted((a, b) => weight(b) - weight(a));
    const { resources: checked, becomeInvalid, suppressed } = this;
    return { judged, checked, becomeInvalid, suppressed, profiles };
  }

  private namesOf(type: string, claims: readonly string[]): readonly string[] {
    return [...new Set([...claims.filter((one) => this.profiles.has(one)), ...(this.required[type] ?? [])])];
  }

  private row(type: string, profile: string): Row {
    const key = `${type} ${profile}`;
    let row = this.rows.get(key);
    if (!row) {
      row = { type, profile, checked: 0, becomeInvalid: 0, stayInvalid: 0, becomeValid: 0, examples: [] };
      this.rows.set(key, row);
    }
    return row;
  }
}

function changeOf(
  isValidNow: boolean,
  isValidThen: boolean,
): 'becomeInvalid' | 'stayInvalid' | 'becomeValid' | undefined {
  if (isValidNow) return isValidThen ? undefined : 'becomeInvalid';
  return isValidThen ? 'becomeValid' : 'stayInvalid';
}

const weight = ({ becomeInvalid, becomeValid }: Row): number => Number(becomeInvalid > 0) * 2 + Number(becomeValid > 0);

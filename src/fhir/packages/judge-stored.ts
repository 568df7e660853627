import { Inject, Injectable } from '@nestjs/common';
import { listOf, textOf } from '../../r4/json/items.js';
import { isObject, type JsonObject } from '../../r4/json/json.js';
import { readJson } from '../../r4/json/read-json.js';
import { Turns } from '../../r4/json/turns.js';
import { parseCanonical } from '../../r4/terminology/canonical.js';
import type { ProfileRuleFinding } from '../../r4/validation/profiles/profile-finding.js';
import { type ProfileOptions, ProfileRules } from '../../r4/validation/profiles/validate-profiles.js';
import { FHIR_OPTIONS, type FhirOptions } from '../fhir-options.js';
import { profileOptions } from '../hooks/profile-options.js';
import { type ClaimingRow, ClaimingRows, type Wanted } from '../storage/packages/claiming-rows.js';
import type { Suppressions } from '../../r4/validation/suppression/suppression-rule.js';
import { InstalledPackages } from '../storage/packages/installed-packages.js';
import { SuppressionRules } from '../storage/suppressions/suppression-rules.js';
import { PlannedDefinitions } from './planned-definitions.js';
import { type Example, type ResourceVerdicts, VerdictTable } from './resource-verdicts.js';
import type { Survey } from './survey.js';

/** Stored resources that are judged: all, or a number of each type. */
export type Judged = 'all' | { readonly sample: number };

export interface JudgeOptions {
  readonly judged: Judged;
  /** Ends the work between two resources. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of resources that are judged so far. */
  readonly progress?: ((resources: number) => void) | undefined;
  /** True if the caller may know that the resource is there. */
  readonly mayName: (type: string, id: string) => Promise<boolean>;
}

/** Of a sample: a request waits for it. */
const sampleBytes = 8_000_000;
const mostFindings = 5;

/** Judges stored resources by the profiles as they are and as they would be after an installation (docs/adr/0115). */
@Injectable()
export class StoredJudge {
  // oxlint-disable-next-line max-params -- Nest injects them
  constructor(
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
    private readonly installed: InstalledPackages,
    private readonly rows: ClaimingRows,
    private readonly suppressions: SuppressionRules,
  ) {}

  /** `surveys`: packages that would be installed. */
  async judge(surveys: readonly Survey[], options: JudgeOptions): Promise<ResourceVerdicts> {
    const planned = await PlannedDefinitions.of(surveys, this.installed);
    try {
      return await this.run(planned, options);
    } finally {
      await planned.discard();
    }
  }

  private async run(planned: PlannedDefinitions, options: JudgeOptions): Promise<ResourceVerdicts> {
    const required = this.options.validationProfiles ?? {};
    const profiles = new Set([...planned.profiles.map(({ url }) => url), ...(await this.rows.installedProfiles())]);
    const wanted: Wanted = { profiles: [...profiles], types: new Set(Object.keys(required)) };
    const table = new VerdictTable(profiles, required);
    const judge = new Judge(
      { before: new ProfileRules(this.installed), after: new ProfileRules(planned) },
      profileOptions(this.options),
      this.suppressions.current,
    );
    const turns = new Turns();
    for (const type of await this.rows.typesOf(wanted)) {
      for await (const rows of this.read(type, wanted, options.judged)) {
        for (const row of rows) {
          options.signal?.throwIfAborted();
          await turns.next();
          await this.judgeRow(type, row, { judge, table, options });
          options.progress?.(table.resources);
        }
      }
    }
    return table.result(options.judged === 'all' ? 'all' : 'sample');
  }

  private async *read(type: string, wanted: Wanted, judged: Judged): AsyncGenerator<readonly ClaimingRow[]> {
    if (judged === 'all') yield* this.rows.pages(type, wanted);
    else yield await this.rows.sample(type, wanted, { rows: judged.sample, bytes: sampleBytes });
  }

  private async judgeRow(
    type: string,
    { id, body }: ClaimingRow,
    { judge, table, options }: { readonly judge: Judge; readonly table: VerdictTable; readonly options: JudgeOptions },
  ): Promise<void> {
    const resource = (await readJson(body, this.options)) as JsonObject;
    const claims = claimsOf(resource);
    const verdict = await judge.of(resource);
    const isExample = verdict.isValidNow && verdict.errors.length > 0 && table.wantsExample(type, claims);
    const reference = isExample && (await options.mayName(type, id)) ? `${type}/${id}` : undefined;
    const example = isExample ? exampleOf(reference, verdict.errors) : undefined;
    table.add(type, claims, { ...verdict, example });
  }
}

interface Verdict {
  readonly isValidNow: boolean;
  /** After the installation. */
  readonly errors: readonly ProfileRuleFinding[];
  /** Errors after it that suppression rules let pass. */
  readonly suppressed: number;
}

class Judge {
  constructor(
    private readonly rules: { readonly before: ProfileRules; readonly after: ProfileRules },
    private readonly options: ProfileOptions,
    private readonly suppressions: Suppressions | undefined,
  ) {}

  async of(resource: JsonObject): Promise<Verdict> {
    const type = textOf(resource['resourceType']);
    const before = (await this.rules.before.validate(resource, this.options)).filter(isError);
    const after = (await this.rules.after.validate(resource, this.options)).filter(isError);
    const errors = after.filter((one) => this.counts(one, type));
    const isValidNow = !before.some((one) => this.counts(one, type));
    return { isValidNow, errors, suppressed: after.length - errors.length };
  }

  private counts(finding: ProfileRuleFinding, type: string): boolean {
    return this.suppressions?.ruleFor(finding, type, Date.now()) === undefined;
  }
}

const isError = ({ severity }: ProfileRuleFinding): boolean => severity === 'error';

/** Urls without their versions: what stands behind `|` is a text of the client. */
function claimsOf({ meta }: JsonObject): readonly string[] {
  const claims = isObject(meta) ? listOf(meta['profile']) : [];
  return claims.flatMap((one) => (typeof one === 'string' ? parseCanonical(one).url : []));
}

/** Values stay out: who reads a plan need not be one who may read the data. */
const exampleOf = (reference: string | undefined, errors: readonly ProfileRuleFinding[]): Example => ({
  ...(reference !== undefined && { reference }),
  findings: errors.slice(0, mostFindings).map(({ code, expression, asked }) => ({ code, expression, asked })),
});

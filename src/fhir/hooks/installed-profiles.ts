import { Inject, Injectable } from '@nestjs/common';
import type { JsonObject } from '../../r4/json/json.js';
import type { ProfileRuleFinding } from '../../r4/validation/profiles/profile-finding.js';
import { ProfileRules } from '../../r4/validation/profiles/validate-profiles.js';
import type { FarTerminology } from '../../r4/terminology/far-terminology.js';
import type { RequestContext } from '../../scope/request-context.js';
import { FHIR_OPTIONS, type FhirOptions } from '../fhir-options.js';
import { InstalledPackages } from '../storage/packages/installed-packages.js';
import { AskedServers } from '../terminology-servers/asked-servers.js';
import { QuestionBudget } from '../terminology-servers/question-budget.js';
import { QuestionBudgets } from '../terminology-servers/question-budgets.js';
import { ServerUnavailable, TerminologyServers } from '../terminology-servers/terminology-servers.js';
import { profileOptions } from './profile-options.js';

/** Content against the profiles that it claims, that the server requires and that a caller asks about, as far as packages have them. */
@Injectable()
export class InstalledProfiles {
  readonly #rules: ProfileRules;
  readonly #options: Pick<
    FhirOptions,
    'validation' | 'validationProfiles' | 'unknownProfiles' | 'unknownCodes' | 'terminology'
  >;

  constructor(
    @Inject(FHIR_OPTIONS) options: FhirOptions,
    installed: InstalledPackages,
    private readonly servers: TerminologyServers,
    private readonly budgets: QuestionBudgets,
  ) {
    this.#options = options;
    this.#rules = new ProfileRules(installed);
  }

  /**
   * At other levels than `strict` no finding is an error but of profiles that were asked about. Throws {@link ServerUnavailable} for an error that
   * another terminology server would have to rule out.
   */
  async findings(
    resource: JsonObject,
    context: RequestContext,
    asked: readonly string[] = [],
  ): Promise<readonly ProfileRuleFinding[]> {
    const { validation } = this.#options;
    if (validation === 'none' && asked.length === 0) return [];
    const options = { ...profileOptions(this.#options), ...this.#servers(context), profiles: asked };
    const findings = await this.#rules.validate(resource, options);
    const isRelaxed = validation !== 'strict' && asked.length === 0;
    return (isRelaxed ? findings.map(relaxed) : findings).map((finding) => this.#unanswered(finding));
  }

  #servers(context: RequestContext): { readonly servers?: FarTerminology } {
    if (!this.servers.isThere) return {};
    const budget = QuestionBudget.ofResource(this.budgets.of(context));
    return { servers: new AskedServers(this.servers.within(budget)) };
  }

  /** An error stays one where too much was asked; while a server is away, TERMINOLOGY_AWAY says whether it is 503 or a warning. */
  #unanswered(finding: ProfileRuleFinding): ProfileRuleFinding {
    const { noAnswer, severity } = finding;
    if (!noAnswer || severity !== 'error' || noAnswer.reason === 'limit') return finding;
    if (noAnswer.reason === 'away' && this.#options.terminology?.away !== 'warning')
      throw new ServerUnavailable(noAnswer.server, false);
    return { ...finding, severity: 'warning' };
  }
}

const relaxed = (finding: ProfileRuleFinding): ProfileRuleFinding =>
  finding.severity === 'error' ? { ...finding, severity: 'warning' } : finding;

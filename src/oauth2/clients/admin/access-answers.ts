import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '../../../auth/principal.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../../fhir/fhir-options.js';
import { RecordSight } from '../../../fhir/operations/sight/record-sight.js';
import type { JsonObject } from '../../../r4/json/json.js';
import { AccessRules } from '../../../scope/access-rules.js';
import { myWithholding } from '../../../scope/consent/my-withholding.js';
import { myAccess } from '../../../scope/explain/my-access.js';
import { myAccessParameters } from '../../../scope/explain/my-access-parameters.js';
import { myAccessText } from '../../../scope/explain/my-access-text.js';
import { RequestContext } from '../../../scope/request-context.js';
import { PatientVisibility } from '../../provider/interactions/patient-visibility.js';
import { ForeseenTokens, type TokenAsked } from './foreseen-tokens.js';
import { withSightWords } from './sight-words.js';

/** In the place of the patient whom a user of an app would choose. */
const anyPatient = 'the-patient-in-context';

/**
 * Answers what another user or client may do (ADR 140): a principal as their token would make it, judged by the functions that judge
 * requests. Who may ask is not judged here.
 */
@Injectable()
export class AccessAnswers {
  // oxlint-disable-next-line max-params -- Nest injects them
  constructor(
    private readonly tokens: ForeseenTokens,
    private readonly rules: AccessRules,
    private readonly sight: RecordSight,
    private readonly visibility: PatientVisibility,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {}

  /** Permissions by type, as `$my-access` tells them to the caller itself. */
  async matrix(asked: TokenAsked): Promise<JsonObject> {
    const { mine, leftOut } = await this.accessOf(asked);
    const { resourceType, parameter } = myAccessParameters(mine, this.options.base) as {
      readonly resourceType: string;
      readonly parameter: readonly JsonObject[];
    };
    const ignored = leftOut.map(({ scope, why }) => ({
      name: 'ignored',
      part: [
        { name: 'scope', valueString: scope },
        { name: 'why', valueString: why },
      ],
    }));
    // There is no token that ends.
    const lasting = parameter.filter((one) => one['name'] !== 'expires');
    return { resourceType, parameter: [...lasting, ...ignored] };
  }

  /** The answer as lines for people, in the form of the text of `$my-access`. */
  async text(asked: TokenAsked): Promise<string> {
    const { mine, leftOut } = await this.accessOf(asked);
    const lines = myAccessText(mine, this.options.base).split('\n');
    return [
      ...lines.filter((line) => !line.startsWith('  expires: ')),
      ...(leftOut.length === 0 ? [] : ['Not granted', ...leftOut.map(({ scope, why }) => `  ${scope}: ${why}`), '']),
    ].join('\n');
  }

  /** Counts by type of what of the patient's record would be shown, among what the viewer is shown. Throws 404 for a patient whom the viewer may not read. */
  async record(viewer: Principal, asked: TokenAsked, patient: string) {
    const inContext = asked.user !== undefined && (await this.visibility.maySee(asked.user, patient));
    const { principal, leftOut } = await this.tokens.of({ ...asked, ...(inContext && { patient }) });
    const user = await this.contextOf(principal);
    const found = await this.sight.of(await this.contextOf(viewer), principal, patient);
    return {
      patient: `Patient/${patient}`,
      ...asked,
      ...(principal.patient !== undefined && { inContext: true }),
      ...myWithholding(user),
      leftOut,
      types: found.types.map(withSightWords),
      untold: found.untold,
      notLookedAt: found.leftOut,
    };
  }

  private async accessOf(asked: TokenAsked) {
    const { principal, leftOut } = await this.tokens.of({ ...asked, patient: anyPatient });
    return { mine: myAccess(await this.contextOf(principal)), leftOut };
  }

  private async contextOf(principal: Principal): Promise<RequestContext> {
    const { rules } = this;
    await rules.refresh();
    await rules.confirm(rules.edition);
    return new RequestContext(await rules.consult(principal), rules);
  }
}

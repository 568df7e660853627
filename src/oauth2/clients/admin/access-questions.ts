import { Inject, Injectable } from '@nestjs/common';
import { noteForAudit } from '../../../audit/audit-note.js';
import { auditedCaller } from '../../../audit/audit-record.js';
import type { Principal } from '../../../auth/principal.js';
import { fhirId } from '../../../auth/token/claim-forms.check.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../../fhir/fhir-options.js';
import { RecordSight } from '../../../fhir/operations/sight/record-sight.js';
import { InvalidRequest, ResourceNotFound } from '../../../r4/errors/fhir-error.js';
import type { JsonObject } from '../../../r4/json/json.js';
import { Refused, type Refusal } from '../../../refusal/refusal.js';
import { AccessRules } from '../../../scope/access-rules.js';
import { Administration } from '../../../scope/administration/administration.js';
import { myWithholding } from '../../../scope/consent/my-withholding.js';
import { myAccess } from '../../../scope/explain/my-access.js';
import { myAccessParameters } from '../../../scope/explain/my-access-parameters.js';
import type { AdminArea } from '../../../scope/grammar/admin-scope.js';
import { RequestContext } from '../../../scope/request-context.js';
import { PatientVisibility } from '../../provider/interactions/patient-visibility.js';
import type { AdminRequest } from './administrator.guard.js';
import { ForeseenTokens, type TokenAsked } from './foreseen-tokens.js';
import { withSightWords } from './sight-words.js';

/** Query of a question about access. */
export type AccessQuery = Readonly<Record<string, string | readonly string[] | undefined>>;

/** In the place of the patient whom a user of an app would choose. */
const anyPatient = 'the-patient-in-context';

/**
 * Answers what another user or client may do (ADR 140): a principal as their token would make it, judged by the functions that judge
 * requests. Every question is audited.
 */
@Injectable()
export class AccessQuestions {
  // oxlint-disable-next-line max-params -- Nest injects them
  constructor(
    private readonly administration: Administration,
    private readonly tokens: ForeseenTokens,
    private readonly rules: AccessRules,
    private readonly sight: RecordSight,
    private readonly visibility: PatientVisibility,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {}

  /** Permissions by type, as `$my-access` tells them to the caller itself. */
  async matrix(request: AdminRequest, asked: TokenAsked): Promise<JsonObject> {
    await this.requireRights(request.principal, areasOf(asked));
    return this.audited(request, asked, undefined, async () => {
      const { principal, leftOut } = await this.tokens.of({ ...asked, patient: anyPatient });
      const { resourceType, parameter } = myAccessParameters(
        myAccess(await this.contextOf(principal)),
        this.options.base,
      ) as { readonly resourceType: string; readonly parameter: readonly JsonObject[] };
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
    });
  }

  /** Counts by type of what of the patient's record would be shown, among what the caller is shown. */
  async record(request: AdminRequest, asked: TokenAsked, patient: string): Promise<object> {
    await this.requireRights(request.principal, [...areasOf(asked), 'Audit']);
    if (!fhirId.test(patient)) throw new ResourceNotFound({ type: 'Patient', id: patient });
    return this.audited(request, asked, patient, async () => {
      const inContext = asked.user !== undefined && (await this.visibility.maySee(asked.user, patient));
      const { principal, leftOut } = await this.tokens.of({ ...asked, ...(inContext && { patient }) });
      const user = await this.contextOf(principal);
      const viewer = await this.contextOf(request.principal);
      const found = await this.sight.of(viewer, principal, patient);
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
    });
  }

  private async contextOf(principal: Principal): Promise<RequestContext> {
    const { rules } = this;
    await rules.refresh();
    await rules.confirm(rules.edition);
    return new RequestContext(await rules.consult(principal), rules);
  }

  /** Reading everything that an answer is made of; throws with all rights that are missing, before anything is looked up. */
  private async requireRights(caller: Principal, areas: readonly AdminArea[]): Promise<void> {
    const missing: Refusal[] = [];
    for (const area of areas) missing.push(...[(await this.administration.missing(caller, area, 'r')) ?? []].flat());
    const [first, ...others] = missing;
    if (first) throw new Refused([first, ...others]);
  }

  /** Notes who asked about whom, also where the question is refused then. */
  private async audited<T>(
    request: AdminRequest,
    { user, client, scope }: TokenAsked,
    patient: string | undefined,
    answer: () => Promise<T>,
  ): Promise<T> {
    const details = Object.entries({ user, client, scope }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value.slice(0, longestDetail)] as const],
    );
    const note = {
      event: 'access-question',
      caller: auditedCaller(request.principal),
      ...(patient !== undefined && { patients: [patient] }),
      object: { name: `access of ${user ?? client ?? ''}`.slice(0, longestDetail), details },
    };
    noteForAudit(request, { ...note, outcome: '4' });
    const answered = await answer();
    noteForAudit(request, { ...note, outcome: '0' });
    return answered;
  }
}

const longestDetail = 1_000;

/** Areas whose contents an answer tells. */
const areasOf = ({ user, client }: TokenAsked): readonly AdminArea[] => [
  ...(user === undefined ? [] : (['User'] as const)),
  ...(client === undefined ? [] : (['Client'] as const)),
  'Policy',
];

/** Throws 400 for what is no such question. */
export function readQuestion(query: AccessQuery, names: readonly ('client' | 'scope')[]): TokenAsked {
  const unknown = Object.keys(query).find((name) => !(names as readonly string[]).includes(name));
  const repeated = Object.keys(query).find((name) => typeof query[name] !== 'string');
  if (unknown === undefined && repeated === undefined) return query;
  throw new InvalidRequest({
    code: 'value',
    diagnostics: `The query takes ${names.join(' and ')}, each once and both optional. Scopes stand between spaces.`,
  });
}

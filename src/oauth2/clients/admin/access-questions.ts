import { Injectable } from '@nestjs/common';
import { noteForAudit } from '../../../audit/audit-note.js';
import { auditedCaller } from '../../../audit/audit-record.js';
import type { Principal } from '../../../auth/principal.js';
import { fhirId } from '../../../auth/token/claim-forms.check.js';
import { InvalidRequest, ResourceNotFound } from '../../../r4/errors/fhir-error.js';
import type { JsonObject } from '../../../r4/json/json.js';
import { Refused, type Refusal } from '../../../refusal/refusal.js';
import { Administration } from '../../../scope/administration/administration.js';
import type { AdminArea } from '../../../scope/grammar/admin-scope.js';
import { AccessAnswers } from './access-answers.js';
import type { AdminRequest } from './administrator.guard.js';
import type { TokenAsked } from './foreseen-tokens.js';

/** Query of a question about access. */
export type AccessQuery = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Lets administrators ask what another user or client may do (ADR 140), by their rights. Every question is audited. */
@Injectable()
export class AccessQuestions {
  constructor(
    private readonly administration: Administration,
    private readonly answers: AccessAnswers,
  ) {}

  async matrix(request: AdminRequest, asked: TokenAsked): Promise<JsonObject> {
    await this.requireRights(request.principal, areasOf(asked));
    return this.audited(request, asked, undefined, () => this.answers.matrix(asked));
  }

  async record(request: AdminRequest, asked: TokenAsked, patient: string): Promise<object> {
    await this.requireRights(request.principal, [...areasOf(asked), 'Audit']);
    if (!fhirId.test(patient)) throw new ResourceNotFound({ type: 'Patient', id: patient });
    return this.audited(request, asked, patient, () => this.answers.record(request.principal, asked, patient));
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
    asked: TokenAsked,
    patient: string | undefined,
    answer: () => Promise<T>,
  ): Promise<T> {
    const note = {
      event: 'access-question',
      caller: auditedCaller(request.principal),
      ...(patient !== undefined && { patients: [patient] }),
      object: auditedQuestion(asked),
    };
    noteForAudit(request, { ...note, outcome: '4' });
    const answered = await answer();
    noteForAudit(request, { ...note, outcome: '0' });
    return answered;
  }
}

const longestDetail = 1_000;

/** Object of the AuditEvent of a question: whose access it is about, by which app and scopes. */
export const auditedQuestion = ({ user, client, scope }: TokenAsked) => ({
  name: `access of ${user ?? client ?? ''}`.slice(0, longestDetail),
  details: Object.entries({ user, client, scope }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value.slice(0, longestDetail)] as const],
  ),
});

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

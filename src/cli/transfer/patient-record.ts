import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Principal } from '../../auth/principal.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir/fhir-options.js';
import { AnswerBudget } from '../../fhir/interactions/answer-budget.js';
import { HistoryInteraction } from '../../fhir/interactions/history.interaction.js';
import { ReadInteraction } from '../../fhir/interactions/read.interaction.js';
import { operator } from '../../fhir/operations/importing/operator.js';
import { type JsonAnswer, TextAnswer } from '../../fhir/operations/operation.js';
import { OperationRunner } from '../../fhir/operations/operation-runner.js';
import { objectsOf, textOf } from '../../r4/json/items.js';
import { isObject, type JsonObject, parseJson, writeJson } from '../../r4/json/json.js';
import type { Interaction } from '../../r4/rest/interaction.js';
import type { RequestContext } from '../../scope/request-context.js';
import type { ExportedRow } from './record-document.js';

export interface RecordPage {
  readonly rows: readonly ExportedRow[];
  /** Of the server about what is left out. */
  readonly remarks: readonly string[];
}

/** The record of one Patient, by the operations that a client would call, as an operator who sees all of it. */
export class PatientRecord {
  private readonly options: FhirOptions;
  private readonly known = new Set<string>();

  constructor(
    private readonly app: NestFastifyApplication,
    private readonly context: RequestContext,
    private readonly id: string,
  ) {
    this.options = app.get<FhirOptions>(FHIR_OPTIONS);
  }

  /** Throws 404 and 410 as a read does. */
  async requireThere(): Promise<void> {
    await this.app.get(ReadInteraction).run(this.context, 'Patient', this.id);
  }

  /** Each resource once, in the order of `$everything`. */
  async *pages(): AsyncGenerator<RecordPage> {
    let query: URLSearchParams | undefined = new URLSearchParams({ _count: String(this.options.searchCountMax) });
    while (query) {
      const bundle = await this.call('everything', query, this.context, { type: 'Patient', id: this.id });
      const entries = objectsOf(bundle['entry']);
      yield { rows: entries.flatMap((entry) => this.rowOf(entry)), remarks: entries.flatMap(remarksOf) };
      query = nextOf(bundle);
    }
  }

  /** Lines of the versions before the current one, the newest first. */
  async *earlierVersions({ type, id, versionId }: ExportedRow): AsyncGenerator<string> {
    if (versionId === '1') return;
    let query: URLSearchParams | undefined = new URLSearchParams({ _count: String(this.options.searchCountMax) });
    let isFirst = true;
    while (query) {
      const text = await this.app.get(HistoryInteraction).run(this.context, { type, id }, query);
      const bundle = parseJson(text) as JsonObject;
      const resources = objectsOf(bundle['entry']).map(({ resource }) => resource);
      const earlier = (isFirst ? resources.slice(1) : resources).filter((one) => one !== undefined);
      yield earlier.map((one) => `${writeJson(one)}\n`).join('');
      query = nextOf(bundle);
      isFirst = false;
    }
  }

  /** Who saw or changed the record, as the patient is told. */
  async disclosures(contextOf: (principal: Principal) => Promise<RequestContext>): Promise<string> {
    const patient: Principal = {
      ...operator,
      kind: 'user',
      patient: this.id,
      scopes: ['patient/*.rs', 'patient/AuditEvent.rs'],
    };
    const interaction = { kind: 'operation', operation: 'my-disclosures', query: new URLSearchParams() } as const;
    const answer = await this.run(interaction, await contextOf(patient), true);
    if (!(answer instanceof TextAnswer)) throw new Error('The disclosures are no text');
    return answer.text;
  }

  private async call(
    operation: string,
    query: URLSearchParams,
    context: RequestContext,
    at: Pick<Interaction, 'type' | 'id'>,
  ): Promise<JsonObject> {
    const answer = await this.run({ kind: 'operation', operation, query, ...at }, context);
    return parseJson((answer as JsonAnswer).json) as JsonObject;
  }

  private run(interaction: Interaction, context: RequestContext, wantsText = false): Promise<object> {
    const runner = this.app.get(OperationRunner);
    const budget = new AnswerBudget(this.options);
    return runner.run(runner.find(interaction, 'GET'), { context, interaction, budget, wantsText });
  }

  /** Nothing for what an earlier page had. */
  private rowOf({ resource, search }: JsonObject): readonly ExportedRow[] {
    if (!isObject(resource) || (isObject(search) && search['mode'] === 'outcome')) return [];
    const [type, id] = [textOf(resource['resourceType']), textOf(resource['id'])];
    if (this.known.has(`${type}/${id}`)) return [];
    this.known.add(`${type}/${id}`);
    const { meta } = resource;
    const versionId = isObject(meta) ? textOf(meta['versionId']) : '';
    return [{ type, id, versionId, resource, text: writeJson(resource) }];
  }
}

const remarksOf = ({ resource, search }: JsonObject): readonly string[] =>
  isObject(search) && search['mode'] === 'outcome' && isObject(resource)
    ? objectsOf(resource['issue']).map(({ diagnostics }) => textOf(diagnostics))
    : [];

function nextOf(bundle: JsonObject): URLSearchParams | undefined {
  const next = objectsOf(bundle['link']).find(({ relation }) => relation === 'next')?.['url'];
  return next === undefined ? undefined : new URL(textOf(next)).searchParams;
}

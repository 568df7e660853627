import { Injectable } from '@nestjs/common';
import { InvalidRequest } from '../../../r4/errors/fhir-error.js';
import { operationOutcome } from '../../../r4/errors/operation-outcome.js';
import { textOf } from '../../../r4/json/items.js';
import { type JsonObject, parseJson } from '../../../r4/json/json.js';
import type { RequestContext } from '../../../scope/request-context.js';
import { ReadInteraction } from '../../interactions/read.interaction.js';
import type { StoredVersion } from '../../storage/reading/stored-version.js';
import type { ResourceRepository } from '../../storage/resource.repository.js';
import { declaredCounts } from '../counts-by-type.js';
import type { AtomicCall } from '../jobs/atomic-operation.js';
import type { Operation, OperationDeclaration } from '../operation.js';
import { CannotMerge, checkWanted, mergedSource, mergedTarget, type MergedPair, patientIn } from './merged-patients.js';
import { countsOf, provenanceOf, referenceTo } from './rewrite-answer.js';
import { beyondReach, Rewrite, type Rewriting } from './rewrite.js';

const side = (name: 'source' | 'target', is: string) =>
  [
    { name: `${name}-patient`, type: 'Reference', documentation: `The patient ${is}, as Patient/1.` },
    {
      name: `${name}-patient-identifier`,
      type: 'Identifier',
      max: '*',
      documentation: 'Identifiers that one patient has, all of them, in place of the reference, or beside it.',
    },
  ] as const;

const declaration = {
  code: 'merge',
  level: ['type'],
  types: ['Patient'],
  affectsState: true,
  async: true,
  access: [{ permission: 'r' }, { permission: 'u' }, { permission: 'c', type: 'Provenance' }],
  also: 'any',
  parameters: [
    ...side('source', 'who is merged into the other one'),
    ...side('target', 'who remains'),
    { name: 'result-patient', type: 'Patient', documentation: 'The target as it is to be afterwards.' },
    { name: 'preview', type: 'boolean', documentation: 'Change nothing, and say what would be changed.' },
    { name: 'delete-source', type: 'boolean', documentation: 'Delete the source, which is made inactive otherwise.' },
  ],
  returns: [
    { name: 'outcome', type: 'OperationOutcome', min: 1, documentation: 'What was done.' },
    { name: 'result', type: 'Patient', documentation: 'The target as it is now; not of a preview.' },
    declaredCounts('changed', 'Resources of one type that were changed.'),
    { name: 'provenance', type: 'Reference', documentation: 'What tells of it, and what $undo-merge takes.' },
  ],
  definition: 'http://hl7.org/fhir/OperationDefinition/Patient-merge',
  documentation:
    'Merges a patient into another one (as of R5): what refers to the source refers to the target, the source is inactive and linked, the target ' +
    'gets its identifiers. All or nothing, each resource as an update by the caller. Parameters: source-patient, target-patient, ' +
    'source-patient-identifier, target-patient-identifier, result-patient, preview, delete-source.',
} as const satisfies OperationDeclaration;

type Call = AtomicCall<typeof declaration>;

/** https://hl7.org/fhir/R5/patient-operation-merge.html (ADR 89). */
@Injectable()
export class MergeOperation implements Operation<typeof declaration> {
  readonly declaration = declaration;

  constructor(
    private readonly rewrite: Rewrite,
    private readonly reading: ReadInteraction,
  ) {}

  async run(call: Call): Promise<object> {
    const { context, records, parameters } = call;
    const { preview: isPreview = false, 'delete-source': deletesSource = false, 'result-patient': wanted } = parameters;
    const pair = { ...(await this.pairOf(call)), base: this.rewrite.options.base, deletesSource };
    checkWanted(wanted, pair);
    const source = await records.read('Patient', pair.source);
    return this.rewrite.during(call, isPreview, async (tx) => {
      const done = await this.merge(tx, call, { pair, source });
      const result = isPreview ? undefined : await this.reading.run(context, 'Patient', pair.target, tx);
      return answerOf(done, pair, result);
    });
  }

  private async merge(
    tx: ResourceRepository,
    { context, parameters, isLater }: Call,
    { pair, source }: { readonly pair: MergedPair; readonly source: JsonObject },
  ): Promise<Rewriting> {
    const [from, to] = [pair.source, pair.target].map((id) => ({ type: 'Patient', id }));
    const ends = [
      { ...from!, edit: (current: JsonObject) => mergedSource(current, pair) },
      { ...to!, edit: (current: JsonObject) => mergedTarget(current, source, pair, parameters['result-patient']) },
    ];
    const most = this.rewrite.mostChanges(isLater);
    const referrers = await this.rewrite.referrersOf(tx, { from: from!, to: to! }, most);
    const entities = [{ role: 'source', what: referenceTo(from!, pair.base) }];
    const activity = { code: 'merge', display: 'Patients merged', entities } as const;
    if (!pair.deletesSource) return this.rewrite.write(tx, context, [...ends, ...referrers], activity);
    const written = await this.rewrite.change(tx, context, [ends[1]!, ...referrers]);
    const gone = await this.delete(tx, context, pair.source);
    const all = [...written, ...gone];
    return { written: all, provenance: await this.rewrite.tell(tx, context, all, activity) };
  }

  private delete(tx: ResourceRepository, context: RequestContext, id: string) {
    const access = context.accessTo('Patient', 'd');
    return tx.write([{ kind: 'delete', access, type: 'Patient', id }]).catch(beyondReach);
  }

  /** Who is meant. Throws 400 and 422 where that is not two patients within reach, and 404 for references out of reach. */
  private async pairOf(call: Call): Promise<{ source: string; target: string }> {
    const [source, target] = [await this.idOf(call, 'source'), await this.idOf(call, 'target')];
    if (source === target) throw new CannotMerge('The source and the target are the same patient.');
    return { source, target };
  }

  private async idOf({ records, parameters }: Call, name: 'source' | 'target'): Promise<string> {
    const [reference, identifiers] = [parameters[`${name}-patient`], parameters[`${name}-patient-identifier`]];
    if (!reference && identifiers.length === 0)
      throw invalid(`${name}-patient or ${name}-patient-identifier says who is meant, and one of them is needed.`);
    const found = identifiers.length > 0 ? await this.byIdentifiers(records, name, identifiers) : undefined;
    const id = reference ? patientIn(`${name}-patient`, reference, this.rewrite.options.base) : found!;
    await records.read('Patient', id);
    if (found !== undefined && found !== id) throw new CannotMerge(`${name}-patient has other identifiers.`);
    return id;
  }

  private async byIdentifiers(
    records: Call['records'],
    name: string,
    identifiers: readonly JsonObject[],
  ): Promise<string> {
    const query = new URLSearchParams({ _count: '2' });
    for (const { system, value } of identifiers)
      query.append('identifier', `${escaped(textOf(system))}|${escaped(textOf(value))}`);
    const { resources } = await records.page('Patient', query);
    if (resources.length === 1) return textOf(resources[0]!['id']);
    throw new CannotMerge(`The identifiers of the ${name} do not lead to one patient within reach.`);
  }
}

/** `result`: the target as it is now; undefined for a preview. */
function answerOf(done: Rewriting, { source, target }: MergedPair, result: StoredVersion | undefined): object {
  const is = result ? 'is' : 'would be';
  const diagnostics = `Patient/${source} ${is} merged into Patient/${target}.`;
  const outcome = operationOutcome([{ severity: 'information', code: 'informational', diagnostics }]);
  return {
    resourceType: 'Parameters',
    parameter: [
      { name: 'outcome', resource: outcome },
      ...(result ? [{ name: 'result', resource: parseJson(result.body) }] : []),
      ...countsOf(done.written),
      ...provenanceOf(done, !result),
    ],
  };
}

const escaped = (text: string): string => text.replace(/[\\,|$]/g, '\\$&');

const invalid = (diagnostics: string): InvalidRequest => new InvalidRequest({ code: 'required', diagnostics });

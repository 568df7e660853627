import { Injectable } from '@nestjs/common';
import { InvalidRequest } from '../../../r4/errors/fhir-error.js';
import { printable } from '../../../r4/errors/request-errors.js';
import { isResourceType } from '../../../r4/model/resource-types.js';
import { parseReference } from '../../../r4/model/reference.js';
import { declaredCounts } from '../counts-by-type.js';
import type { AtomicCall } from '../jobs/atomic-operation.js';
import type { Operation, OperationDeclaration } from '../operation.js';
import { countsOf, provenanceOf, referenceTo } from './rewrite-answer.js';
import { Rewrite, type Rewriting } from './rewrite.js';

const declaration = {
  code: 'replace-references',
  level: ['system'],
  affectsState: true,
  async: true,
  access: [{ permission: 'u' }, { permission: 'c', type: 'Provenance' }],
  also: 'any',
  parameters: [
    {
      name: 'source-reference-id',
      type: 'string',
      min: 1,
      documentation: 'What is referred to now, such as Practitioner/1.',
    },
    {
      name: 'target-reference-id',
      type: 'string',
      min: 1,
      documentation: 'What is to be referred to, of the same type.',
    },
    { name: 'preview', type: 'boolean', documentation: 'Change nothing, and say what would be changed.' },
    { name: 'count', type: 'positiveInt', documentation: 'Refuse if more resources would be changed.' },
  ],
  returns: [
    { name: 'preview', type: 'boolean', min: 1, documentation: 'True if nothing was changed.' },
    declaredCounts('changed', 'Resources of one type that refer to the target now.'),
    { name: 'provenance', type: 'Reference', documentation: 'What tells of it, and what $undo-merge takes.' },
  ],
  documentation:
    'Lets everything that refers to a resource refer to another one of its type: all or nothing, each as an update by the caller. Versions ' +
    'that are referred to, Provenances and AuditEvents stay. Parameters: source-reference-id, target-reference-id, preview, count.',
} as const satisfies OperationDeclaration;

/** `$replace-references` (ADR 89). */
@Injectable()
export class ReplaceReferencesOperation implements Operation<typeof declaration> {
  readonly declaration = declaration;

  constructor(private readonly rewrite: Rewrite) {}

  async run(call: AtomicCall<typeof declaration>): Promise<object> {
    const { context, records, parameters, isLater } = call;
    const { count, preview: isPreview = false } = parameters;
    const from = this.keyIn('source-reference-id', parameters['source-reference-id']);
    const to = this.keyIn('target-reference-id', parameters['target-reference-id']);
    if (from.type !== to.type || from.id === to.id)
      throw invalid('source-reference-id and target-reference-id are two resources of one type.');
    for (const { type, id } of [from, to]) await records.read(type, id);
    const most = Math.min(this.rewrite.mostChanges(isLater), count ?? Number.POSITIVE_INFINITY);
    const entities = [{ role: 'removal', what: referenceTo(from, this.rewrite.options.base) }];
    const activity = { code: 'replace-references', display: 'References replaced', entities } as const;
    return this.rewrite.during(call, isPreview, async (tx) => {
      const changes = await this.rewrite.referrersOf(tx, { from, to }, most);
      return answerOf(
        changes.length > 0 ? await this.rewrite.write(tx, context, changes, activity) : undefined,
        isPreview,
      );
    });
  }

  private keyIn(name: string, text: string) {
    const named = parseReference(text, this.rewrite.options.base);
    if (!named || named.versionId !== undefined || !isResourceType(named.type))
      throw invalid(`${name} is Type/id of a resource of this server, not "${printable(text)}".`);
    return { type: named.type, id: named.id };
  }
}

const answerOf = (done: Rewriting | undefined, isPreview: boolean): object => ({
  resourceType: 'Parameters',
  parameter: [
    { name: 'preview', valueBoolean: isPreview },
    ...countsOf(done?.written ?? []),
    ...provenanceOf(done, isPreview),
  ],
});

const invalid = (diagnostics: string): InvalidRequest => new InvalidRequest({ code: 'invalid', diagnostics });

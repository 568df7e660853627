import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Principal } from '../../../auth/principal.js';
import { FhirError } from '../../../r4/errors/fhir-error.js';
import type { RequestContext } from '../../../scope/request-context.js';
import { type Closure, type ClosureName, Closures, daysKept } from '../../storage/concepts/closures.js';
import type { Operation, OperationCall, OperationDeclaration } from '../operation.js';
import { ClosureTable, MustBeInitialized, sentConcepts, type SystemRelations } from './closure-table.js';
import { grouped } from '../../../r4/model/grouped.js';
import { answering, IncompleteQuestion, TerminologyQuestions } from './terminology-questions.js';

const declaration = {
  code: 'closure',
  level: ['system', 'type'],
  types: ['ConceptMap'],
  affectsState: true,
  access: [{ permission: 'r', type: 'CodeSystem' }],
  parameters: [
    {
      name: 'name',
      type: 'string',
      min: 1,
      documentation: 'Name of the closure table, of this client and user alone.',
    },
    { name: 'concept', type: 'Coding', max: '*', token: true, documentation: 'Concepts to add to it, up to 1,000.' },
    {
      name: 'version',
      type: 'string',
      documentation: 'Version of an answer: all relations that came after it are told again; 0: all relations.',
    },
  ],
  returns: [
    {
      name: 'return',
      type: 'ConceptMap',
      min: 1,
      documentation:
        'The new relations, each from a concept to one that subsumes it, or to one that is equal; its version is that of the closure table.',
    },
  ],
  definition: 'http://hl7.org/fhir/OperationDefinition/ConceptMap-closure',
  documentation:
    'Keeps a table of which concepts are kinds of which: a name alone starts it, concepts add to it, a version tells again.',
} as const satisfies OperationDeclaration;

type Call = OperationCall<typeof declaration>;

/** 404: the caller has no closure table of that name. */
class UnknownClosure extends FhirError {
  readonly status = 404;
  constructor(name: string) {
    super({
      code: 'not-found',
      details: { text: `invalid closure name "${name}"` },
      diagnostics: `You have no closure table "${name}", or did not use it for ${daysKept} days. Start it by a call with its name alone.`,
    });
  }
}

/** 409: others changed it, again and again. */
class ClosureInUse extends FhirError {
  readonly status = 409;
  constructor(name: string) {
    super({
      code: 'conflict',
      diagnostics: `Other calls change the closure table "${name}" at the same time. Send this one again.`,
    });
  }
}

const attempts = 5;

/** https://hl7.org/fhir/R4/terminology-service.html#closure, docs/adr/0108 */
@Injectable()
export class ClosureOperation implements Operation<typeof declaration> {
  readonly declaration = declaration;

  constructor(
    private readonly questions: TerminologyQuestions,
    private readonly closures: Closures,
  ) {}

  run({ context, parameters }: Call): Promise<object> {
    const { name, concept, version } = parameters;
    if (!/^[\w.-]{1,64}$/.test(name))
      throw new IncompleteQuestion(
        'The "name" of a closure table has 1 to 64 letters, digits, "-", "_" and ".".',
        'value',
      );
    if (version !== undefined && concept.length > 0)
      throw new IncompleteQuestion('A call has "concept" or "version", not both.', 'invalid');
    const of = { caller: ownerOf(context.principal), name };
    return answering(() => {
      if (version !== undefined) return this.replay(context, of, version);
      return concept.length > 0 ? this.add(context, of, concept) : this.initialize(context, of);
    });
  }

  private async initialize(context: RequestContext, of: ClosureName): Promise<object> {
    await this.closures.initialize(context.caller, of);
    return answerOf(of.name, '0', []);
  }

  private async replay(context: RequestContext, of: ClosureName, version: string): Promise<object> {
    const closure = await this.require(context, of);
    const table = await ClosureTable.open(of.name, closure, this.questions.open(context));
    const since = numberOf(version, closure);
    if (since === undefined)
      throw new MustBeInitialized(of.name, `Its version "${version}" is none that it had since it was initialised.`);
    return answerOf(of.name, textOf(closure), await table.relationsSince(since));
  }

  private async add(context: RequestContext, of: ClosureName, concept: Call['parameters']['concept']): Promise<object> {
    const sent = sentConcepts(concept);
    for (let attempt = 0; attempt < attempts; attempt++) {
      const closure = await this.require(context, of);
      const question = this.questions.open(context);
      const table = await ClosureTable.open(of.name, closure, question);
      const addition = await table.additionOf(sent, question);
      if (addition.concepts.length === 0) return answerOf(of.name, textOf(closure), []);
      const extended = await table.with(addition, question);
      const relations = await extended.relationsSince(closure.version);
      if (await this.closures.add(context.caller, of, closure, addition))
        return answerOf(of.name, textOf({ ...closure, version: closure.version + 1 }), relations);
    }
    throw new ClosureInUse(of.name);
  }

  private async require({ caller }: RequestContext, of: ClosureName): Promise<Closure> {
    const closure = await this.closures.find(caller, of);
    if (!closure) throw new UnknownClosure(of.name);
    return closure;
  }
}

/** Who has a closure table: the user and the client, whatever the token permits; what is told is judged by the token. */
const ownerOf = ({ issuer, subject, clientId = '' }: Principal): string =>
  createHash('sha256')
    .update(JSON.stringify([issuer, subject, clientId]))
    .digest('base64url');

/** Versions are of one initialisation, so that those of the one before are known for what they are; all begin with 0. */
const markOf = ({ id }: Pick<Closure, 'id'>): string => id.slice(0, 8);
const textOf = (closure: Pick<Closure, 'id' | 'version'>): string =>
  closure.version === 0 ? '0' : `${closure.version}-${markOf(closure)}`;

function numberOf(version: string, closure: Closure): number | undefined {
  if (version === '0') return 0;
  const [, number, mark] = /^([1-9]\d{0,8})-([0-9a-f]{8})$/.exec(version) ?? [];
  return mark === markOf(closure) && Number(number) <= closure.version ? Number(number) : undefined;
}

function answerOf(name: string, version: string, told: readonly SystemRelations[]): object {
  return {
    resourceType: 'ConceptMap',
    version,
    name: 'ClosureTable',
    title: `Updates for closure table ${name}`,
    status: 'active',
    experimental: true,
    date: new Date().toISOString(),
    ...(told.length > 0 && { group: told.map(groupOf) }),
  };
}

function groupOf({ system: { url, version }, relations }: SystemRelations): object {
  const element = [...grouped(relations, ({ code }) => code)].map(([code, some]) => ({
    code,
    target: some.map(({ target, equivalence }) => ({ code: target, equivalence })),
  }));
  return {
    source: url,
    ...(version !== undefined && { sourceVersion: version }),
    target: url,
    ...(version !== undefined && { targetVersion: version }),
    element,
  };
}

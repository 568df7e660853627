import { Injectable } from '@nestjs/common';
import type { DeclaredAccess } from '../../scope/decision.js';
import { InvalidRequest } from '../../r4/errors/fhir-error.js';
import { NotOffered } from '../../r4/errors/request-errors.js';
import { type Json, writeJson } from '../../r4/json/json.js';
import type { Interaction } from '../../r4/rest/interaction.js';
import { type EntryOperation, EntryOperations, type EntryOutcome } from '../interactions/bundle/entry-operations.js';
import { declarationOf } from './declaration/declaration-of.js';
import { explainAccessDeclaration } from './caller/explain-access.js';
import { JsonAnswer, OperationAnswer, Operations, TextAnswer } from './operation.js';
import { inputOf } from './operation-input.js';
import { OperationRunner } from './operation-runner.js';

/** Operations as entries of batches and transactions (https://hl7.org/fhir/R4/http.html#transaction). */
@Injectable()
export class BundleOperations extends EntryOperations {
  constructor(
    private readonly operations: Operations,
    private readonly runner: OperationRunner,
  ) {
    super();
  }

  declared(line: Interaction): DeclaredAccess {
    if (line.operation === explainAccessDeclaration.code) {
      throw new NotOffered(
        '$explain-access takes credentials itself, so it is not offered inside a bundle: send it by itself.',
      );
    }
    return declarationOf(this.operations, line)!.access;
  }

  entry(line: Interaction, method: string, resource: Json | undefined): EntryOperation {
    const operation = this.runner.find(line, method);
    if (method === 'DELETE') throw new NotOffered('A call is cancelled by DELETE by itself, not inside a bundle.');
    const { code, affectsState, affectsStateBy, inTransaction = false, answersBytes } = operation.declaration;
    if (answersBytes)
      throw new NotOffered(`$${code} answers bytes, so it is not offered inside a bundle: ask by itself.`);
    if (resource !== undefined && method !== 'POST') {
      const diagnostics = `A ${method} of $${code} carries no resource: its parameters stand in request.url, or in a POST.`;
      throw new InvalidRequest({ code: 'invalid', diagnostics });
    }
    const input = resource === undefined ? undefined : inputOf(operation.declaration, resource, line.type);
    return {
      name: `$${code}`,
      affectsState: affectsState || (affectsStateBy !== undefined && method === 'POST'),
      inTransaction,
      run: async (context, { budget, from }) =>
        outcomeOf(await this.runner.run(operation, { context, interaction: line, input, budget, from })),
    };
  }
}

function outcomeOf(result: object): EntryOutcome {
  if (result instanceof JsonAnswer) return { status: 200, json: result.json };
  // Nobody asks an entry for text.
  if (result instanceof TextAnswer) throw new Error('An operation answered an entry of a bundle with text.');
  if (!(result instanceof OperationAnswer)) return { status: 200, json: writeJson(result as Json) };
  const { status, headers, body } = result;
  if (!('resourceType' in body))
    throw new NotOffered('The answer is no resource, so a bundle cannot hold it: ask by itself.');
  return { status, location: headers['location'] ?? headers['content-location'], json: writeJson(body as Json) };
}

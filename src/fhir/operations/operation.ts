import type { DeclaredAccess } from '../../scope/decision.js';
import type { RequestContext } from '../../scope/request-context.js';
import type { AnswerBudget } from '../interactions/answer-budget.js';
import type { JsonObject } from '../../r4/json/json.js';
import { isResourceType } from '../../r4/model/resource-types.js';

/** Declaration of an operation, written once; routes, `/metadata` and the required access come from it. */
export interface OperationDeclaration {
  /** Name without `$`. */
  readonly code: string;
  readonly level: readonly ('system' | 'type' | 'instance')[];
  /** Types it is offered on; absent for system level. */
  readonly types?: readonly string[];
  /** The body may be the parameter `resource` alone (https://hl7.org/fhir/R4/operations.html#executing). */
  readonly takesResource?: true;
  /** It answers `text/plain` too, for people. */
  readonly answersText?: true;
  /** GET is allowed only for operations that change nothing. */
  readonly affectsState: boolean;
  readonly access: DeclaredAccess;
  /** Canonical URL of the OperationDefinition. */
  readonly definition: string;
  readonly documentation: string;
}

export interface OperationCall {
  readonly context: RequestContext;
  readonly type?: string;
  readonly id?: string;
  readonly query: URLSearchParams;
  /** `text/plain` is asked for. */
  readonly wantsText?: boolean;
  /** The Parameters resource or resource that was posted. */
  readonly input?: JsonObject;
  /** Budget of an answer that is made of stored resources. */
  readonly budget: AnswerBudget;
}

/** Answer of an operation where it is not 200. */
export class OperationAnswer {
  constructor(
    readonly body: object,
    readonly status: number,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {}
}

/** FHIR JSON that an interaction made: it is sent without being parsed. */
export class JsonAnswer {
  constructor(readonly json: string) {}
}

/** Answer of an operation to a client that asks for `text/plain`. */
export class TextAnswer {
  constructor(readonly text: string) {}
}

/** An operation offered by this server; hand it to `FhirModule.forFeature({ operations: [...] })`. */
export interface Operation {
  readonly declaration: OperationDeclaration;
  run(call: OperationCall): object | Promise<object>;
}

/** The operations of this server: routing, `/metadata` and access decisions read this list. */
export class Operations {
  readonly #byCode = new Map<string, Operation>();

  /** Throws at start when a code is taken or the declaration does not fit together. */
  add(...operations: readonly Operation[]): void {
    for (const operation of operations) {
      const { code } = operation.declaration;
      if (this.#byCode.has(code)) throw new Error(`Two operations have the code $${code}.`);
      checkDeclaration(operation.declaration);
      this.#byCode.set(code, operation);
    }
  }

  find(code: string, address: { readonly type?: string; readonly id?: string }): Operation | undefined {
    const operation = this.#byCode.get(code);
    const level = address.id !== undefined ? 'instance' : address.type !== undefined ? 'type' : 'system';
    if (!operation?.declaration.level.includes(level)) return undefined;
    return level === 'system' || operation.declaration.types?.includes(address.type!) ? operation : undefined;
  }

  get all(): readonly Operation[] {
    return [...this.#byCode.values()];
  }
}

function checkDeclaration({ code, level, types = [], access }: OperationDeclaration): void {
  if (!/^[a-z][a-z0-9-]*$/.test(code)) throw new Error(`"${code}" is no name of an operation: a-z, 0-9 and "-".`);
  if (level.length === 0) throw new Error(`$${code} names no level.`);
  if (level.some((one) => one !== 'system') && types.length === 0) throw new Error(`$${code} names no types.`);
  const needs = typeof access === 'string' ? [] : access;
  const unknown = [...types, ...needs.flatMap((need) => ('type' in need ? (need.type ?? []) : []))].find(
    (type) => !isResourceType(type),
  );
  if (unknown !== undefined) throw new Error(`$${code} names "${unknown}", which is no resource type.`);
  // An empty list would open the operation to every token without saying so.
  if (access !== 'any-token' && access.length === 0) throw new Error(`$${code} declares no access.`);
}

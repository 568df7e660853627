import { StartRefused } from '../../config/checks/start-refused.js';
import type { RequestContext } from '../../scope/request-context.js';
import type { AnswerBudget } from '../interactions/answer-budget.js';
import { builtInName } from '../extensions/extension-calls.js';
import type { Records } from '../extensions/records.js';
import type { JsonObject } from '../../r4/json/json.js';
import { checkDeclaration } from './declaration/check-declaration.js';
import { type OperationDeclaration, typesAt } from './declaration/operation-declaration.js';
import type { ValuesOf } from './parameters/declared-parameter.js';

export type { OperationDeclaration };

/** One call of an operation. `D`: the type of its declaration, from which those of the parameters follow. */
export interface OperationCall<D extends OperationDeclaration = OperationDeclaration> {
  /** The caller, limited to what the operation declares. */
  readonly context: RequestContext;
  readonly type?: string;
  readonly id?: string;
  /** Checked: by type, cardinality, and R4. */
  readonly parameters: ValuesOf<D['parameters']>;
  readonly target: D extends { readonly target: true } ? JsonObject : JsonObject | undefined;
  /** Stored resources, as the caller may read and write them, limited to what the operation declares. */
  readonly records: Records;
  /** Ends when the call is cancelled, which only those with `async` can be. */
  readonly signal: AbortSignal;
  /** Says how far it is, in words, to who asks for a call with `async`. */
  readonly progress: (text: string) => void;
  /** It is carried out after its request was answered. */
  readonly isLater: boolean;
  /** Its text is asked for (`answersText`). */
  readonly wantsText: boolean;
  /** `Accept-Language` of the request (RFC 9110, section 12.5.4). */
  readonly languages?: string;
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

/** Answer of an operation to a client that asks for `text/plain`, or for the media type that it declares. */
export class TextAnswer {
  constructor(
    readonly text: string,
    readonly mediaType: 'text/plain' | 'text/csv' = 'text/plain',
  ) {}
}

/** Bytes of an operation that declares `answersBytes`. */
export class BytesAnswer {
  /** `read`: the bytes from the first to the last of a range, both included. */
  constructor(
    readonly contentType: string,
    readonly size: number,
    readonly read: (range: { readonly first: number; readonly last: number }) => AsyncIterable<Buffer>,
  ) {}
}

/** An operation offered by this server; hand it to `FhirModule.forFeature({ operations: [...] })`. */
export interface Operation<D extends OperationDeclaration = OperationDeclaration> {
  readonly declaration: D;
  /** Returns a resource, or one of {@link OperationAnswer}, {@link JsonAnswer} and {@link TextAnswer}. */
  run(call: OperationCall<D>): object | Promise<object>;
}

/** The operations of this server: routing, `/metadata` and access decisions read this list. */
export class Operations {
  readonly #byCode = new Map<string, Operation>();
  readonly #extensions = new Map<Operation, string>();

  /** For features, while the application starts; `extension`: their name. Throws when a code is taken or the declaration does not fit together. */
  add(extension: string, ...operations: readonly Operation[]): void {
    for (const operation of operations) {
      const { code } = operation.declaration;
      const other = this.#byCode.get(code);
      if (other)
        throw new StartRefused(
          `${extension}: $${code} is an operation of ${nameOf(this.extensionOf(other), extension)} already. Give this one another code.`,
        );
      checkDeclaration(operation.declaration);
      this.#byCode.set(code, operation);
      this.#extensions.set(operation, extension);
    }
  }

  find(code: string, address: { readonly type?: string; readonly id?: string }): Operation | undefined {
    const operation = this.#byCode.get(code);
    const level = address.id !== undefined ? 'instance' : address.type !== undefined ? 'type' : 'system';
    if (!operation?.declaration.level.includes(level)) return undefined;
    return level === 'system' || typesAt(operation.declaration, level).includes(address.type!) ? operation : undefined;
  }

  /** Name of the feature that brought it. */
  extensionOf(operation: Operation): string {
    return this.#extensions.get(operation) ?? builtInName;
  }

  get all(): readonly Operation[] {
    return [...this.#byCode.values()];
  }
}

const nameOf = (owner: string, own: string): string =>
  owner === builtInName ? 'the server' : owner === own ? 'the same feature' : owner;

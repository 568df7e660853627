import type { ExactNumber, Json, JsonObject } from '../../../r4/json/json.js';

/** One parameter that an operation takes or returns (https://hl7.org/fhir/R4/operationdefinition.html). */
export interface DeclaredParameter {
  readonly name: string;
  /**
   * A data type or a resource type of R4; `Resource` is any resource. Absent where `part` is there. A value of a type that
   * specialises it is taken too (`canonical` for `uri`), and a date for `dateTime`.
   */
  readonly type?: string;
  /** How often it has to be there; 0 unless said. */
  readonly min?: number;
  /** How often it may be there; 1 unless said. */
  readonly max?: number | '*';
  readonly documentation: string;
  /** The parameters inside, in place of a value. */
  readonly part?: readonly DeclaredParameter[];
  /** Of a Coding: it also comes as the text `system|code`, so that a query can have it. */
  readonly token?: true;
  /** The content is handed over as it came: only its shape is checked, since the operation checks or refuses the rest itself. */
  readonly unchecked?: true;
}

/** Types of TypeScript for the primitive types of R4; a decimal keeps the digits that were sent. */
interface PrimitiveValues {
  readonly boolean: boolean;
  readonly integer: number;
  readonly unsignedInt: number;
  readonly positiveInt: number;
  readonly decimal: number | ExactNumber;
  readonly string: string;
  readonly markdown: string;
  readonly code: string;
  readonly id: string;
  readonly uri: string;
  readonly url: string;
  readonly canonical: string;
  readonly oid: string;
  readonly uuid: string;
  readonly date: string;
  readonly dateTime: string;
  readonly instant: string;
  readonly time: string;
  readonly base64Binary: string;
}

type ValueOf<P> = P extends { readonly part: infer L extends readonly DeclaredParameter[] }
  ? ValuesOf<L>
  : P extends { readonly type: infer T }
    ? T extends keyof PrimitiveValues
      ? PrimitiveValues[T]
      : JsonObject
    : never;

type Once<P> = P extends { readonly min: infer M extends number }
  ? M extends 0
    ? ValueOf<P> | undefined
    : ValueOf<P>
  : ValueOf<P> | undefined;

type Occurring<P> = P extends { readonly max: infer M } ? (M extends 1 ? Once<P> : readonly ValueOf<P>[]) : Once<P>;

/** A value whose type is not known from a declaration. */
export type AnyValue = Json | undefined | { readonly [name: string]: AnyValue } | readonly AnyValue[];

/**
 * The values of declared parameters: one value, `undefined` where it may be absent and is, a list where it may repeat.
 * Types are known for a declaration that is `as const satisfies OperationDeclaration`.
 */
export type ValuesOf<P extends readonly DeclaredParameter[] | undefined> = P extends readonly DeclaredParameter[]
  ? string extends P[number]['name']
    ? Readonly<Record<string, AnyValue>>
    : { readonly [Q in P[number] as Q['name']]: Occurring<Q> }
  : Readonly<Record<string, AnyValue>>;

export const mostOf = ({ max = 1 }: DeclaredParameter): number => (max === '*' ? Number.POSITIVE_INFINITY : max);

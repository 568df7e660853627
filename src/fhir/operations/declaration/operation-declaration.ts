import type { OperationOutcome } from '../../../r4/errors/operation-outcome.js';
import type { JsonObject } from '../../../r4/json/json.js';
import type { DeclaredAccess, DeclaredNeed } from '../../../scope/decision.js';
import type { DeclaredParameter } from '../parameters/declared-parameter.js';

/**
 * Declaration of an operation, written once: routes, parsing of parameters, OperationDefinition, `/metadata` and the
 * required access come from it (ADR 61).
 */
export interface OperationDeclaration {
  /** Name without `$`. */
  readonly code: string;
  readonly level: readonly ('system' | 'type' | 'instance')[];
  /** Types it is offered on; absent for system level. */
  readonly types?: readonly string[];
  /** Part of `types` that it is offered on at each level; absent: all of them. */
  readonly typesAt?: Readonly<Partial<Record<'type' | 'instance', readonly string[]>>>;
  /** Parameters that it takes, each in the query (primitive ones) or in Parameters; absent: none. */
  readonly parameters?: readonly DeclaredParameter[];
  /** Parameters of its answer; one of the name `return` is the answer itself. */
  readonly returns?: readonly DeclaredParameter[];
  /** The body may be the parameter of a resource type alone (https://hl7.org/fhir/R4/operations.html#executing). */
  readonly takesResource?: true;
  /** It answers `text/plain` too, for people, or the media type of this text. */
  readonly answersText?: true | 'text/csv';
  /** It answers bytes of a media type of its own, which a text names: whatever `Accept` says, it is not refused for that. */
  readonly answersBytes?: true | string;
  /** Media types that its body may have beside those of FHIR or instead of them, each with what makes Parameters of its text. */
  readonly bodies?: Readonly<Record<string, (text: string) => JsonObject>>;
  /** Makes its errors of their OperationOutcomes, once the guards have let the request pass; they go out as `application/json`. */
  readonly errorForm?: (outcome: OperationOutcome) => object;
  /** `call.target` is the resource it is called on, read as the caller reads it: 404 and 403 come before it runs. */
  readonly target?: true;
  /** GET is allowed only for operations that change nothing. */
  readonly affectsState: boolean;
  /** Boolean parameter that makes a call change something, where it is true: such a call is POST. */
  readonly affectsStateBy?: string;
  /** Rights that a caller needs; without them the call is 403. */
  readonly access: DeclaredAccess;
  /** Rights that it uses beyond those where the caller has it; `any`: whatever the caller may. Nothing else is granted to it. */
  readonly also?: 'any' | readonly DeclaredNeed[];
  /** Why it acts as the server itself (`records.asSystem`), for operators; absent: it may not. */
  readonly system?: string;
  /**
   * All that it reads and changes it does by `call.records` and `call.target`, and it may run again from its start: so a
   * transaction may call it. Unless said, batches may, transactions may not.
   */
  readonly inTransaction?: true;
  /** It may take long: `Prefer: respond-async` is answered 202 at once, and `$job-status` says what it ended with. */
  readonly async?: true;
  /** Canonical URL of the OperationDefinition, where HL7 or somebody else defines it, for all levels, or for each level or type; `{base}/metadata/OperationDefinition/{code}` unless said. */
  readonly definition?: string | Readonly<Record<string, string>>;
  readonly documentation: string;
}

/** Types that an operation is offered on at a level. */
export const typesAt = (
  { types = [], typesAt: narrowed = {} }: Pick<OperationDeclaration, 'types' | 'typesAt'>,
  level: 'type' | 'instance',
): readonly string[] => narrowed[level] ?? types;

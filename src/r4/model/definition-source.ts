import type { JsonObject } from '../json/json.js';

/** A definition that a canonical led to (https://hl7.org/fhir/R4/references.html#canonical). */
export interface FoundDefinition {
  readonly type: string;
  readonly url: string;
  readonly version: string | undefined;
  /** Package that it is of, such as `hl7.fhir.us.core@6.1.0`. */
  readonly origin: string;
  readonly resource: JsonObject;
}

/** Tells if a code is one of a code system whose concepts are not in its definition, and satisfies the filters of a value set. */
export interface MemberQuestion {
  /** Canonical of the code system. */
  readonly system: string;
  readonly code: string;
  readonly filters: readonly { readonly property: string; readonly op: string; readonly value: string }[];
}

/**
 * Definitions by canonical: of installed packages, not of R4 itself. `url|1.2.0` leads to that version, `url|1` to the newest
 * 1.x, `url` to the newest of all.
 */
export interface DefinitionSource {
  /** Another text means that other definitions are installed: what was made of those before does not count any more. */
  readonly revision: string;
  /** In the order of the canonicals; undefined for one that is not installed. */
  find(type: string, canonicals: readonly string[]): Promise<readonly (FoundDefinition | undefined)[]>;
  /** In the order of the questions; undefined where nothing can be said. Without it, that is so of all. */
  members?(questions: readonly MemberQuestion[]): Promise<readonly (boolean | undefined)[]>;
}

import type { Json } from '../json/json.js';
import type { Invariant } from './invariants/invariant.js';
import type { ValidationRun } from './validation-run.js';

/** Checks one value, which stands at the run's path. `isValued`: beside the extensions there is a value. */
export type ValueCheck = (value: Json, run: ValidationRun, isValued?: boolean) => void;

/** Requirements of an element's definition beyond its type. */
export interface ElementRules {
  readonly min?: number;
  /** The types a Reference may name; any when absent. */
  readonly targets?: readonly string[];
  /** The value set of a required binding. */
  readonly values?: string;
  /** The values are language tags. */
  readonly language?: true;
  /** The profile on the data type, such as `SimpleQuantity`. */
  readonly profile?: string;
}

/** A property of a JSON object, and what it must hold. */
export interface Property {
  readonly name: string;
  /** Its FHIRPath name: `value` for `valueQuantity` and `_valueString`. */
  readonly element: string;
  readonly type: string;
  readonly repeats: boolean;
  readonly isChoice: boolean;
  readonly isPrimitive: boolean;
  /** For `_birthDate`: the property whose id and extensions it holds. */
  readonly siblingOf?: string;
  readonly check: ValueCheck;
}

export interface RequiredElement {
  readonly element: string;
  readonly isChoice: boolean;
  readonly types: readonly string[];
}

/** The checks of a type or backbone element. */
export interface TypeCheck {
  readonly type: string;
  readonly properties: ReadonlyMap<string, Property>;
  readonly required: readonly RequiredElement[];
  readonly invariants: readonly Invariant[];
}

/** Finds the checks of a type, made when first needed. */
export type TypeChecks = (type: string) => TypeCheck;

/** Value of a bind parameter. */
export type BindValue = string | number | boolean | Buffer | readonly string[] | readonly number[];

export interface Statement {
  /** Prepared once for each connection: for texts that come again and again, and whose best plan does not depend on the values. */
  readonly isPrepared?: boolean;
  /**
   * Prepared too, of a shape that clients choose: for texts that leave one sensible plan, whatever the values are. The planner is shown none of them
   * (docs/adr/0102).
   */
  readonly isPlannedOnce?: boolean;
  readonly text: string;
  readonly values: readonly BindValue[];
}

type BindType =
  | 'text'
  | 'text[]'
  | 'integer'
  | 'integer[]'
  | 'bigint'
  | 'bigint[]'
  | 'numeric'
  | 'numeric[]'
  | 'double precision'
  | 'timestamptz'
  | 'timestamptz[]'
  | 'json'
  | 'tsquery';

/** Makes another statement of one. */
export type Extend = (statement: Statement) => Statement;

/** Collects bind parameters while the text of a statement is put together; values never become text. */
export class BindParameters {
  readonly values: BindValue[];
  private readonly shared = new Map<string, string>();

  /** `first`: values of a text that goes into the new one, and keeps its placeholders. */
  constructor(first: readonly BindValue[] = []) {
    this.values = [...first];
  }

  /** The placeholder of a new parameter. */
  add(value: BindValue, type: BindType): string {
    this.values.push(value);
    return `$${this.values.length}::${type}`;
  }

  /**
   * The placeholder of the parameter that has this value: for values that rules name again and again, and no client chooses. Of values that
   * clients choose, the text would depend on whether two are equal.
   */
  share(value: string | readonly string[], type: 'text' | 'text[]' | 'bigint[]'): string {
    const key = JSON.stringify([type, value]);
    let placeholder = this.shared.get(key);
    if (placeholder === undefined) this.shared.set(key, (placeholder = this.add(value, type)));
    return placeholder;
  }
}

/** Effect of one policy on an access, for explanations. */
export interface PolicyVerdict {
  readonly policy: string;
  readonly verdict: 'deny' | 'constrain' | 'mask';
  readonly because: string;
  /** Set by a policy that constrains. */
  readonly expression?: string;
  /** Set by a policy that masks. */
  readonly elements?: readonly string[];
}

/** Elements of a type that a policy masks. */
export interface Mask extends PolicyVerdict {
  /** Paths below the type. */
  readonly elements: readonly string[];
}

interface Figures {
  readonly calls: number;
  readonly errors: number;
  readonly refusals: number;
  readonly p95Seconds?: number;
}

/** An extension as `/admin/extensions` tells it, as far as it is shown. */
export interface Extension {
  readonly name: string;
  readonly version?: string;
  readonly operations: readonly (Figures & { readonly code: string; readonly system?: string })[];
  readonly hooks: readonly {
    readonly name: string;
    readonly system?: string;
    readonly points: readonly (Figures & { readonly point: string })[];
  }[];
  readonly policies: readonly (Figures & { readonly name: string })[];
  readonly searchParameters: readonly { readonly code: string }[];
  readonly parts: readonly string[];
}

export interface Extensions {
  readonly since: string;
  readonly extensions: readonly Extension[];
}

/** A piece of code with its figures. */
export interface Piece extends Figures {
  readonly kind: 'operation' | 'hook' | 'policy';
  readonly name: string;
}

export const piecesOf = ({ operations, hooks, policies }: Extension): readonly Piece[] => [
  ...operations.map(({ code, ...figures }) => ({ ...figures, kind: 'operation', name: `$${code}` }) as const),
  ...hooks.flatMap(({ name, points }) =>
    points.map(({ point, ...figures }) => ({ ...figures, kind: 'hook', name: `${name} ${point}` }) as const),
  ),
  ...policies.map((policy) => ({ ...policy, kind: 'policy' }) as const),
];

/** Reasons for which code of it may act as the server itself. */
export const powersOf = ({ operations, hooks }: Extension): readonly string[] =>
  [
    ...operations.map(({ code, system }) => [`$${code}`, system]),
    ...hooks.map(({ name, system }) => [name, system]),
  ].flatMap(([name, system]) => (system === undefined ? [] : [`${name}: ${system}`]));

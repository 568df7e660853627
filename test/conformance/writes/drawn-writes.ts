import fc from 'fast-check';

export const types = ['Patient', 'Observation', 'Basic', 'Consent', 'Binary'] as const;
export type WrittenType = (typeof types)[number];

export type Verb =
  'create' | 'put' | 'put again' | 'patch' | 'delete' | 'create unless' | 'put where' | 'patch where' | 'delete where';

/** One request as it is drawn; what it names depends on what is stored by then. */
export interface DrawnWrite {
  readonly verb: Verb;
  readonly type: WrittenType;
  /** Which of the known ids. */
  readonly slot: number;
  /** Number of the identifier of a condition. */
  readonly criterion: number;
  readonly content: DrawnContent;
  readonly patch: DrawnPatch;
  readonly ifMatch: 'none' | 'weak' | 'strong' | 'bare' | 'stale' | 'malformed' | 'list' | 'any';
  readonly ifNoneMatch: 'none' | '*' | 'current' | 'stale';
  readonly bodyId: 'none' | 'match' | 'other';
  /** Which of the addresses that may be referred to. */
  readonly link: number;
}

export interface DrawnContent {
  readonly identifiers: readonly number[];
  readonly tags: readonly string[];
  readonly value: number;
  readonly text: number;
  /** Elements come in the opposite order. */
  readonly isReversed: boolean;
  /** Members of what they hold do. */
  readonly isFlipped: boolean;
  readonly hasLanguage: boolean;
  /** Something else is there, such as a contained resource. */
  readonly hasMore: boolean;
  /** What is sent of `meta` that only the server sets. */
  readonly meta: 'none' | 'before tags' | 'after tags';
}

export interface DrawnPatch {
  readonly isFhirPath: boolean;
  readonly operations: readonly { readonly op: 'add' | 'replace' | 'remove' | 'test'; readonly language: string }[];
  /** Begins with a test that holds when the request is made. */
  readonly isSure: boolean;
}

/** Requests that are sent at once: one alone, several on one resource, or a Bundle. */
export interface Step {
  readonly way: 'alone' | 'at once' | 'batch' | 'transaction';
  readonly isXml: boolean;
  readonly prefer: 'none' | 'minimal' | 'representation' | 'OperationOutcome';
  readonly writes: readonly DrawnWrite[];
}

/** One of the values, each as often as its number says. */
const weighted = <T extends string>(weights: Readonly<Record<T, number>>): fc.Arbitrary<T> =>
  fc.constantFrom(
    ...(Object.keys(weights) as T[]).flatMap((value) => Array.from({ length: weights[value] }, () => value)),
  );

const content = fc.record<DrawnContent>({
  identifiers: fc.uniqueArray(fc.nat(3), { maxLength: 2 }),
  tags: fc.subarray(['a', 'b', 'c']).chain((tags) => fc.shuffledSubarray(tags, { minLength: tags.length })),
  value: fc.nat(9),
  text: fc.nat(9),
  isReversed: fc.boolean(),
  isFlipped: fc.boolean(),
  hasLanguage: fc.boolean(),
  hasMore: fc.boolean(),
  meta: weighted({ none: 4, 'before tags': 1, 'after tags': 1 }),
});

const patch = fc.record<DrawnPatch>({
  isFhirPath: fc.boolean(),
  operations: fc.array(
    fc.record({
      op: weighted({ add: 2, replace: 2, remove: 1, test: 1 }),
      language: fc.constantFrom('de', 'en', 'fr'),
    }),
    { minLength: 1, maxLength: 2 },
  ),
  isSure: fc.boolean(),
});

const writeOf = (among: readonly WrittenType[]) =>
  fc.record<DrawnWrite>({
    verb: weighted({
      create: 2,
      put: 6,
      'put again': 4,
      patch: 4,
      delete: 1,
      'create unless': 2,
      'put where': 2,
      'patch where': 2,
      'delete where': 1,
    }),
    type: fc.constantFrom(...among),
    slot: fc.constantFrom(0, 0, 1, 2, 3, 4),
    criterion: fc.nat(3),
    content,
    patch,
    ifMatch: weighted({ none: 10, weak: 2, strong: 2, bare: 2, stale: 1, malformed: 1, list: 1, any: 2 }),
    ifNoneMatch: weighted({ none: 6, '*': 1, current: 1, stale: 1 }),
    bodyId: weighted({ none: 1, match: 1, other: 1 }),
    link: fc.nat(6),
  });

const stepOf = (among: readonly WrittenType[]) =>
  fc
    .record<Step>({
      way: weighted({ alone: 9, 'at once': 1, batch: 5, transaction: 6 }),
      isXml: fc.nat(5).map((one) => one === 0),
      prefer: weighted({ none: 2, minimal: 1, representation: 1, OperationOutcome: 1 }),
      writes: fc.array(writeOf(among), { minLength: 1, maxLength: 4, size: 'max' }),
    })
    .map((one) => (one.way === 'alone' ? { ...one, writes: one.writes.slice(0, 1) } : one));

/** Few types, so that requests meet. */
const sequence = fc
  .subarray([...types], { minLength: 1, maxLength: 3 })
  .chain((among) => fc.array(stepOf(among), { minLength: 10, maxLength: 40, size: 'max' }));

/** The same for the same seed. */
export const sequenceOf = (seed: number): readonly Step[] =>
  fc.sample(sequence, { seed: Math.imul(seed, 0x9e_37_79_b1), numRuns: 1 })[0]!;

import { type Entry, putting, type Resource } from './resources.js';

/** Two databases that are the same but for rows out of the caller's reach. */
export type World = 'a' | 'b';

/** Texts that no answer to the caller may have; they stand in `language`, which every resource has. */
export const secret = /secret-/;

/** Changes of a hidden resource, step by step, in the one world and in the other. */
export const fates: readonly (readonly [string, string])[] = [
  ['put', ''],
  ['put put', ''],
  ['put delete', ''],
  ['put delete put', 'put'],
  ['put', 'put delete'],
];

/** Marks a resource; what is hidden is marked with a text that is looked for in all answers. */
export const spoken = <T extends object>(resource: T, language: string): T & { readonly language: string } => ({
  ...resource,
  language,
});

/** Adds what happens to a hidden resource to the steps, each of which is a transaction. */
export function follow(steps: readonly Entry[][], resource: object, fate: string, world: World): void {
  if (fate === '') return;
  for (const [at, what] of fate.split(' ').entries()) {
    const put = putting(spoken(resource, `secret-${world}`));
    steps[at]!.push(what === 'put' ? put : { request: { method: 'DELETE', url: put.request.url } });
  }
}

/** Transactions that make one world: everything visible first, then what becomes of each hidden resource. */
export function stepsOf(visible: readonly Resource[], hidden: readonly Resource[], world: World): readonly Entry[][] {
  const steps: Entry[][] = [visible.map(putting), [], []];
  for (const [i, resource] of hidden.entries()) {
    const [inA, inB] = fates[i % fates.length]!;
    follow(steps, resource, world === 'a' ? inA : inB, world);
  }
  return steps.filter((step) => step.length > 0);
}

import { filled } from '../errors/filled.js';

/** Why a part of a package is not used, in English; `{name}` is the place of a value. Keys are stable: they are stored. */
export const packageProblems = {
  'package.no-url': '{path} is left out: the {type} has no url, so that nothing can name it',
  'package.invalid': '{path} is left out: {element}: {finding}',
  'package.twice': '{path} is left out: {definition} is in the package twice',
  'package.not-offered': '{parameter} is not offered: {why}',
} as const;

/** A part of a package that is not used: a key of {@link packageProblems}, and what its places are filled with. */
export interface PackageProblem {
  readonly key: keyof typeof packageProblems;
  readonly values: Readonly<Record<string, string>>;
}

/** As it is stored; a text was stored by a server of before there were keys. */
export type StoredProblem = PackageProblem | string;

const longestValue = 1_000;

export const packageProblem = (
  key: PackageProblem['key'],
  values: Readonly<Record<string, string>>,
): PackageProblem => ({
  key,
  values: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value.slice(0, longestValue)])),
});

/** A problem in English. */
export const problemText = (problem: StoredProblem): string =>
  typeof problem === 'string' ? problem : filled(packageProblems[problem.key], problem.values);

import { en } from '../../doctor/words/en.js';
import type { DoctorWords } from '../../doctor/words/doctor-words.js';
import { textOf } from '../../doctor/words/say.js';
import type { PackagePlan } from '../../fhir/packages/plan-package.js';
import type { InstalledPackage } from '../../fhir/storage/packages/package-rows.js';
import type { PackageProblem, StoredProblem } from '../../r4/packages/package-problem.js';

/** A part of a package that is not used. */
export interface ProblemAnswer extends Partial<PackageProblem> {
  /** In the language of the answer; what a server stored before there were keys stays in English. */
  readonly fact: string;
}

/** An installed package as the administration API and `lanyard package list --json` have it. */
export interface PackageAnswer {
  readonly name: string;
  readonly version: string;
  readonly title?: string;
  readonly definitions: number;
  readonly installedAt: string;
  readonly installedBy: string;
  readonly dependencies: readonly string[];
  readonly problems: readonly ProblemAnswer[];
}

export const packageAnswer = (one: InstalledPackage, words: DoctorWords = en): PackageAnswer => {
  const { name, version, manifest, definitions, installedAt, installedBy, problems } = one;
  return {
    name,
    version,
    ...(manifest.title !== undefined && { title: manifest.title }),
    definitions,
    installedAt: installedAt.toISOString(),
    installedBy,
    dependencies: manifest.dependencies.map((other) => `${other.name}@${other.version}`),
    problems: problemsIn(problems, words),
  };
};

const problemsIn = (problems: readonly StoredProblem[], words: DoctorWords): readonly ProblemAnswer[] =>
  problems.map((problem) => ({
    fact: textOf(problem, words),
    ...(typeof problem !== 'string' && problem),
  }));

/** A plan, or an installation, as both have it. */
export type PlanAnswer<Plan extends PackagePlan> = Omit<Plan, 'problems'> & Pick<PackageAnswer, 'problems'>;

export const planAnswer = <Plan extends PackagePlan>(plan: Plan, words: DoctorWords = en): PlanAnswer<Plan> => ({
  ...plan,
  problems: problemsIn(plan.problems, words),
});

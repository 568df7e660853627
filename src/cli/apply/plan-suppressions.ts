import { SuppressionRules } from '../../fhir/storage/suppressions/suppression-rules.js';
import { suppressionRuleForm } from '../../r4/validation/suppression/read-suppression-rule.js';
import { isOver, type SuppressionRule } from '../../r4/validation/suppression/suppression-rule.js';
import type { OpenServer } from '../open-server.js';
import type { Declared } from './declarations.js';
import { planNamed } from './plan-named.js';
import type { PlannedChange } from './planned-change.js';
import { readAll } from './read-declared.js';

/** Author of rules that files declare. `--prune` removes no others. */
const author = 'lanyard apply';
const kind = 'suppression rule';

/**
 * Plans the changes of suppression rules to the declared ones. A file may keep a rule whose time is over: it is not made, and
 * a stored one of its name that still counts is removed. With `prune`, rules that only earlier files declared are removed.
 */
export async function planSuppressions(
  server: OpenServer,
  declared: readonly Declared[],
  { prune }: { readonly prune: boolean },
): Promise<readonly PlannedChange[]> {
  const store = server.get(SuppressionRules);
  const wanted = await readAll(declared, (form) => endedRule(form) ?? store.check(form));
  const stored = await store.list();
  const ended = new Set(wanted.filter(isOver).map(({ name }) => name));
  const names = new Set(wanted.map(({ name }) => name));
  const goes = (name: string, fact: string): PlannedChange => ({
    sign: '-',
    what: `${kind} ${name}`,
    details: [fact],
    apply: async () => {
      await store.remove(name);
      return [];
    },
  });
  return [
    ...planNamed(
      kind,
      wanted.filter((rule) => !isOver(rule)),
      stored,
      (rule) => store.put(rule, author),
    ),
    ...stored
      .filter((rule) => ended.has(rule.name) && !isOver(rule))
      .map(({ name, code }) => goes(name, `its declared time is over; ${code} counts again`)),
    ...stored
      .filter(({ name, changedBy }) => prune && changedBy === author && !names.has(name))
      .map(({ name, code }) => goes(name, `it is not declared any more; ${code} counts again`)),
  ];
}

/** The rule, if it is written as one and its time is over: such a rule is not looked at further. */
function endedRule(form: unknown): SuppressionRule | undefined {
  const { success, data } = suppressionRuleForm.safeParse(form);
  return success && isOver(data) ? data : undefined;
}

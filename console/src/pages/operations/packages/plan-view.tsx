import { Stack, Title } from '@mantine/core';
import { useMessages } from '../../../messages/messages.js';
import { FactTable } from '../../../parts/lists/fact-table.js';
import { Lines } from './lines.js';
import type { PackagePlan } from './packages.js';

const states = {
  new: 'packages.state.new',
  installed: 'packages.state.installed',
  'other content': 'packages.state.differs',
} as const;

const dependencyStates = {
  'built in': 'packages.dependency.builtIn',
  installed: 'packages.dependency.installed',
  given: 'packages.dependency.given',
  missing: 'packages.dependency.missing',
} as const;

/** Changes that an installation would make. */
export function PlanView({ plan }: { readonly plan: PackagePlan }) {
  const t = useMessages();
  const types = Object.entries(plan.types).map(([type, count]) => `${type}: ${t.number(count)}`);
  const dependencies = plan.dependencies.map(
    ({ name, version, state }) => `${name}@${version}: ${t(dependencyStates[state])}`,
  );
  const lists = [
    [t('packages.types'), types],
    [t('packages.dependencies'), dependencies],
    [t('packages.replaced'), plan.replaced],
    [t('packages.conflicts'), plan.conflicts],
    [t('packages.unresolved', { count: t.number(plan.unresolved.count) }), plan.unresolved.examples],
    [t('packages.problems'), plan.problems.map(({ fact }) => fact)],
    ...(plan.resources
      ? [
          [
            t('packages.resources', { count: t.number(plan.resources.checked) }),
            verdictLines(plan.resources, t),
          ] as const,
        ]
      : []),
  ] as const;
  return (
    <Stack component="section" aria-label={t('packages.planned')}>
      <Title order={3} size="h5">
        {t('packages.planned')}
      </Title>
      <FactTable
        facts={[
          [t('packages.package'), plan.package],
          [t('users.state'), t(states[plan.state])],
          [t('packages.definitions'), t.number(plan.definitions)],
          ...lists.map(([label, lines]) => [label, <Lines key={label} lines={lines} />] as const),
        ]}
      />
    </Stack>
  );
}

const verdictLines = (
  { profiles, suppressed }: NonNullable<PackagePlan['resources']>,
  t: ReturnType<typeof useMessages>,
): readonly string[] => [
  ...(suppressed > 0 ? [t('packages.suppressed', { count: t.number(suppressed) })] : []),
  ...profiles.flatMap(({ type, profile, examples, ...counts }) => [
    `${type} ${profile}: ${t('packages.verdicts', {
      invalid: t.number(counts.becomeInvalid),
      already: t.number(counts.stayInvalid),
      checked: t.number(counts.checked),
    })}`,
    ...examples.flatMap(({ reference = type, findings }, at) =>
      findings.map(({ code, expression, asked }) => `${at + 1}. ${reference}: ${code}, ${expression} (${asked})`),
    ),
  ]),
];

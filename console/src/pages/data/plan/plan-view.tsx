import { Alert, Button, Code, Group, Paper, Progress, Stack, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { ScopesByButton } from '../../../login/scopes-needed.js';
import { useServer } from '../../../login/use-login.js';
import { useMayHave } from '../../../login/use-right.js';
import { useMessages } from '../../../messages/messages.js';
import { Failure } from '../../../parts/failure.js';
import { Loading } from '../../../parts/loading.js';
import type { Parameters } from '../../../server/parameters.js';
import { wordsOfNode } from './node-words.js';
import { type PlanStep, plansIn, type SearchPlan } from './plan-tree.js';

const scopes = ['admin/Job.r'] as const;

/** How the server runs a search, drawn when somebody asks who may see it (docs/adr/0137). */
export function PlanButton({ search }: { readonly search: string }) {
  const t = useMessages();
  const { fhir, session } = useServer();
  const mayExplain = useMayHave('admin/Job.r');
  const plan = useMutation({
    mutationFn: async () => {
      await session.ensure(scopes);
      return plansIn(await fhir.ask<Parameters>({ path: `${search}${search.includes('?') ? '&' : '?'}_explain=true` }));
    },
  });
  if (!mayExplain) return null;
  return (
    <Stack gap="sm">
      <Group>
        <Button variant="default" loading={plan.isPending} onClick={() => plan.mutate()}>
          {t('plan.show')}
        </Button>
      </Group>
      {plan.isPending && <Loading />}
      {plan.isError && <ScopesByButton scopes={scopes} />}
      {plan.isError && <Failure error={plan.error} again={() => plan.mutate()} />}
      {plan.data && <Plans plans={plan.data} />}
    </Stack>
  );
}

function Plans({ plans }: { readonly plans: readonly SearchPlan[] }) {
  const t = useMessages();
  return (
    <Paper withBorder p="md" component="section" aria-label={t('plan.title')}>
      <Stack gap="sm">
        <Title order={2} size="h4">
          {t('plan.title')}
        </Title>
        {plans.length === 0 && <Text size="sm">{t('plan.none')}</Text>}
        {plans.map((plan) => (
          <Plan key={`${plan.when ?? ''} ${plan.sql}`} plan={plan} />
        ))}
      </Stack>
    </Paper>
  );
}

function Plan({ plan: { sql, when, indexes, milliseconds, root, withheld } }: { readonly plan: SearchPlan }) {
  const t = useMessages();
  return (
    <Stack gap="xs">
      {when !== undefined && (
        <Text size="sm" fw={600} lang="en">
          {when}
        </Text>
      )}
      {withheld !== undefined && (
        <Alert role="note" title={t('plan.withheld')}>
          <span lang="en">{withheld}</span>
        </Alert>
      )}
      {root && (
        <>
          <Text size="sm">
            {t('plan.took', { time: milliseconds ?? '?', rows: t.number(root.rows) })}{' '}
            {indexes.length === 0 ? t('plan.noIndex') : t('plan.indexes', { names: indexes.join(', ') })}
          </Text>
          <ul className="plan" aria-label={t('plan.steps')}>
            <Step step={root} />
          </ul>
        </>
      )}
      {sql !== '' && (
        <details>
          <summary>{t('plan.statement')}</summary>
          <Code block className="break" style={{ whiteSpace: 'pre-wrap' }}>
            {sql}
          </Code>
        </details>
      )}
    </Stack>
  );
}

/** A step and those below it: lists in lists, which screen readers read as the tree that is drawn. */
function Step({ step }: { readonly step: PlanStep }) {
  const t = useMessages();
  const { kind, about, rows, expected, loops, milliseconds, percent, costPercent, steps } = step;
  const words = wordsOfNode(kind, t);
  const time = t.number(Math.round(milliseconds * 1_000) / 1_000);
  return (
    <li>
      <Stack gap={2} className="plan-step">
        <Text size="sm" className="break">
          <strong>{words}</strong>
          {about.length > 0 && <span lang="en"> {about.join(' · ')}</span>}
        </Text>
        <Progress value={percent} aria-label={t('plan.share', { step: words })} maw={320} />
        <Text size="xs">
          {loops === 0
            ? t('plan.notRun')
            : t('plan.step', {
                time,
                percent: t.number(percent),
                rows: t.number(rows),
                expected: t.number(expected),
                cost: t.number(costPercent),
              })}
          {loops > 1 && ` ${t('plan.loops', { loops: t.number(loops) })}`}
        </Text>
      </Stack>
      {steps.length > 0 && (
        <ul>
          {steps.map((one, at) => (
            // Steps have no names, and their order is that of the plan.
            <Step key={at} step={one} />
          ))}
        </ul>
      )}
    </li>
  );
}

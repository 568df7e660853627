import { Alert, Card, Code, Group, List, Stack, Text, Title } from '@mantine/core';
import { type MessageKey, useMessages } from '../../messages/messages.js';
import { ReasonLink } from '../../parts/failure.js';
import { type Mark, MarkedLine } from '../../parts/text/marked-line.js';
import {
  type ExplainedRequest,
  type Explanation,
  type Line,
  type Outcome,
  refusalsOf,
  type Step,
} from './explanation.js';

const marks: Readonly<Record<Outcome, Mark>> = {
  passed: { sign: '✔', colour: 'var(--console-good)', word: 'why.passed' },
  refused: { sign: '✘', colour: 'var(--mantine-color-error)', word: 'why.refused' },
  skipped: { sign: '–', colour: 'var(--mantine-color-dimmed)', word: 'why.skipped' },
  told: { sign: 'ℹ', colour: 'var(--mantine-color-dimmed)', word: 'why.told' },
};

const checks: Readonly<Record<string, MessageKey>> = {
  token: 'why.check.token',
  request: 'why.check.request',
  scopes: 'why.check.scopes',
  context: 'why.check.context',
  policies: 'why.check.policies',
  reach: 'why.check.reach',
  withholding: 'why.check.withholding',
  search: 'why.check.search',
  'stored-data': 'why.check.stored-data',
};

/** The verdict, then each step with all of its checks. */
export function ExplanationView({ explanation }: { readonly explanation: Explanation }) {
  const t = useMessages();
  const { token, requests } = explanation;
  return (
    <Stack component="section" aria-label={t('why.result')}>
      {requests.map((request) => (
        <Verdict key={request.request} request={request} refusals={refusalsOf(explanation).length} />
      ))}
      <Steps steps={token} />
      {requests.map(({ request, steps }) => (
        <Steps key={request} steps={steps} />
      ))}
    </Stack>
  );
}

function Verdict({
  request: { request, isPermitted, status },
  refusals,
}: {
  readonly request: ExplainedRequest;
  readonly refusals: number;
}) {
  const t = useMessages();
  const title = isPermitted === undefined ? 'why.undecided' : isPermitted ? 'why.permitted' : 'why.denied';
  return (
    <Alert
      color={isPermitted === true ? 'green' : 'orange'}
      role="status"
      title={<span className="break">{t(title, { request })}</span>}
    >
      <Text size="sm">
        {status !== undefined && isPermitted !== true && `${t('why.status', { status })} `}
        {refusals > 0 && t.count('why.reasons', refusals)}
      </Text>
    </Alert>
  );
}

const Steps = ({ steps }: { readonly steps: readonly Step[] }) =>
  steps.map((step) => <StepCard key={step.check} step={step} />);

function StepCard({ step: { check, lines } }: { readonly step: Step }) {
  const t = useMessages();
  const key = checks[check];
  const isSkipped = lines.every(({ outcome }) => outcome === 'skipped');
  const refused = lines.filter(({ outcome }) => outcome === 'refused').length;
  return (
    <Card withBorder padding="sm">
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h5">
          {key === undefined ? check : t(key)}
        </Title>
        <Text size="xs" fw={600} c={refused > 0 ? 'var(--mantine-color-error)' : 'dimmed'}>
          {refused > 0 ? t.count('why.refusals', refused) : t(isSkipped ? 'why.skipped' : 'why.ok')}
        </Text>
      </Group>
      <List listStyleType="none" spacing="xs" withPadding={false}>
        {lines.map((line, at) => (
          // The lines of a step have no ids, and keep their order.
          <List.Item key={at} w="100%">
            <LineText line={line} />
          </List.Item>
        ))}
      </List>
    </Card>
  );
}

const LineText = ({ line: { outcome, text, reason, cure, scopes } }: { readonly line: Line }) => (
  <MarkedLine mark={marks[outcome]} text={text} cure={cure} isStrong={outcome === 'refused'}>
    {scopes.length > 0 && (
      <Group gap={4}>
        {scopes.map((scope) => (
          <Code key={scope}>{scope}</Code>
        ))}
      </Group>
    )}
    {reason !== undefined && <ReasonLink reason={reason} />}
  </MarkedLine>
);

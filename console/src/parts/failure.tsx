import { Alert, Anchor, Button, Code, Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useMessages } from '../messages/messages.js';
import { AnswerRefused, lastRequestId, NoAnswer } from '../server/fhir-client.js';
import type { Issue } from '../server/issues.js';
import { consoleBase } from '../server/console-config.js';

interface FailureView {
  readonly error: unknown;
  /** Does what failed once more. */
  readonly again?: () => void;
  /** Ways on from here, such as to "Why?". */
  readonly more?: ReactNode;
}

/** An error with every reason and its cure, and the id under which the server's log has it. */
export function Failure({ error, again, more }: FailureView) {
  const t = useMessages();
  if (error instanceof AnswerRefused) return <Refusal error={error} again={again} more={more} />;
  const isLost = error instanceof NoAnswer;
  const lastId = isLost ? undefined : lastRequestId();
  return (
    <Alert color="red" role="alert" title={t(isLost ? 'failure.noAnswer' : 'failure.unexpected')}>
      <Stack align="flex-start" gap="xs">
        <Text size="sm">{t(isLost ? 'failure.noAnswer.cure' : 'failure.unexpected.cure')}</Text>
        <Code className="break">{error instanceof Error ? error.message : String(error)}</Code>
        {lastId !== undefined && (
          <Text size="xs" className="break">
            {t('failure.lastRequestId')} <Code>{lastId}</Code>
          </Text>
        )}
        {again && (
          <Button variant="default" onClick={again}>
            {t('parts.again')}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

interface RefusalView {
  readonly error: AnswerRefused;
  readonly again: (() => void) | undefined;
  readonly more: ReactNode;
}

function Refusal({ error: { answer, issues }, again, more }: RefusalView) {
  const t = useMessages();
  const { status, requestId } = answer;
  return (
    <Alert color={status >= 500 ? 'red' : 'orange'} role="alert" title={t('failure.status', { status })}>
      <Stack align="flex-start" gap="sm">
        {issues.map((issue, at) => (
          // Issues have no ids, and their order does not change.
          <IssueText key={at} issue={issue} />
        ))}
        {issues.length === 0 && <Code className="break">{answer.text.slice(0, 500)}</Code>}
        {requestId !== undefined && (
          <Text size="xs" className="break">
            {t('failure.requestId')} <Code>{requestId}</Code>
          </Text>
        )}
        {more}
        {again && (
          <Button variant="default" onClick={again}>
            {t('parts.again')}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

/** Fact, cure and code of one reason. */
export function IssueText({ issue: { fact, cure, reason, code, expression } }: { readonly issue: Issue }) {
  return (
    <Stack gap={2}>
      <Text size="sm" fw={600} className="break">
        {fact}
      </Text>
      {cure !== undefined && (
        <Text size="sm" className="break">
          {cure}
        </Text>
      )}
      <Group gap="xs">
        {reason === undefined ? <Code>{code}</Code> : <ReasonLink reason={reason} />}
        {expression !== undefined && <Code className="break">{expression}</Code>}
      </Group>
    </Stack>
  );
}

/** Leads to what the server says about a reason. */
export function ReasonLink({ reason }: { readonly reason: string }) {
  const t = useMessages();
  return (
    <Anchor size="xs" href={docsOf(reason)} target="_blank" rel="noreferrer" aria-label={t('failure.docs', { reason })}>
      {reason}
    </Anchor>
  );
}

/** The page of a reason is beside the console. */
const docsOf = (reason: string): string => {
  const url = new URL('../docs/access', consoleBase());
  url.hash = reason;
  return url.href;
};

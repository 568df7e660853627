import { Anchor, Card, Code, Group, List, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { NeedsLogin } from '../../login/needs-login.js';
import { useServer } from '../../login/use-login.js';
import { useMayHave } from '../../login/use-right.js';
import { useMessages } from '../../messages/messages.js';
import { EmptyState } from '../../parts/lists/empty-state.js';
import { Failure, ReasonLink } from '../../parts/failure.js';
import { Loading } from '../../parts/loading.js';
import { Moment } from '../../parts/moment.js';
import type { Parameters } from '../../server/parameters.js';
import { pathToEvents } from '../operations/audit.js';
import { type PastRefusal, readRefusals, refusalsWith } from './refusals.js';

/** Recent refusals of the caller, to be found by the request id; those of others are in the audit trail. */
export const RefusalsView = () => (
  <NeedsLogin rights={[]} isPart>
    <Refusals />
  </NeedsLogin>
);

function Refusals() {
  const t = useMessages();
  const { fhir } = useServer();
  const [requestId, setRequestId] = useState('');
  const look = useQuery({
    queryKey: ['my-refusals'],
    staleTime: 0,
    queryFn: async ({ signal }) => readRefusals(await fhir.ask<Parameters>({ path: '$my-refusals', signal })),
  });
  const wanted = requestId.trim();
  return (
    <Stack>
      <Text maw="70ch">{t('refusals.what')}</Text>
      <TextInput
        label="X-Request-Id"
        description={t('refusals.id.what')}
        maw={420}
        autoComplete="off"
        spellCheck={false}
        classNames={{ input: 'code' }}
        value={requestId}
        onChange={({ currentTarget }) => setRequestId(currentTarget.value)}
      />
      {look.isError && <Failure error={look.error} again={() => void look.refetch()} />}
      {look.isPending && <Loading />}
      {look.data && <Found refusals={refusalsWith(look.data, wanted)} wanted={wanted} />}
    </Stack>
  );
}

function Found({ refusals, wanted }: { readonly refusals: readonly PastRefusal[]; readonly wanted: string }) {
  const t = useMessages();
  const mayAudit = useMayHave('admin/Audit.s');
  return (
    <>
      {refusals.length === 0 && <EmptyState text={t(wanted === '' ? 'refusals.none' : 'refusals.notMine')} />}
      {refusals.map((refusal, at) => (
        // Some have no id, and the list is replaced as a whole.
        <RefusalCard key={`${refusal.requestId ?? ''} ${at}`} refusal={refusal} />
      ))}
      {wanted !== '' && mayAudit && (
        <Anchor component={Link} to={pathToEvents({ request: wanted })}>
          {t('refusals.audit')}
        </Anchor>
      )}
    </>
  );
}

function RefusalCard({ refusal: { time, requestId, request, reasons, facts } }: { readonly refusal: PastRefusal }) {
  return (
    <Card withBorder padding="sm">
      <Stack gap="xs">
        <Group justify="space-between">
          <Code className="break">{request}</Code>
          <Text size="sm" c="dimmed">
            <Moment instant={time} />
          </Text>
        </Group>
        <List listStyleType="none" spacing={4} withPadding={false}>
          {facts.map((fact, at) => (
            // Facts have no ids, and their order does not change.
            <List.Item key={at}>
              <Text size="sm" className="break">
                {fact}
              </Text>
            </List.Item>
          ))}
        </List>
        <Group gap="sm">
          {reasons.map((reason) => (
            <ReasonLink key={reason} reason={reason} />
          ))}
          {requestId !== undefined && (
            <Text size="xs" c="dimmed" className="break">
              X-Request-Id {requestId}
            </Text>
          )}
        </Group>
      </Stack>
    </Card>
  );
}

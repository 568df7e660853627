import { Alert, Anchor, Group, List, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useRight } from '../../login/use-right.js';
import { useServer } from '../../login/use-login.js';
import { useMessages } from '../../messages/messages.js';
import { DataTable } from '../../parts/lists/data-table.js';
import { Failure } from '../../parts/failure.js';
import { Moment } from '../../parts/moment.js';
import { Loading } from '../../parts/loading.js';
import { PageTitle } from '../../parts/page-title.js';
import { AnswerRefused, FhirClient } from '../../server/fhir-client.js';
import { isReadiness, type PartState, partsOf, type Readiness } from './health.js';
import { OfProcessPage } from './of-process-page.js';
import { ReplicaList } from './replicas/replica-list.js';
import { SectionLinks } from './section-links.js';
import { StateBadge } from './state-badge.js';

const everyMs = 15_000;

/** The state of the process that answers, and of the others on its database. */
export function HealthPage() {
  const { config } = useServer();
  return config.health === undefined ? <OfProcessPage title="operations.title" /> : <Health base={config.health} />;
}

function Health({ base }: { readonly base: string }) {
  const t = useMessages();
  const { config, session } = useServer();
  const seesReplicas = useRight('admin/Job.r');
  const client = useMemo(() => new FhirClient(base, session), [base, session]);
  const health = useQuery({
    queryKey: ['health'],
    refetchInterval: everyMs,
    staleTime: 0,
    queryFn: async ({ signal }): Promise<Readiness> => {
      const answer = await client.send({ path: 'ready', token: '', headers: { accept: 'application/json' }, signal });
      // A server that is not ready says so with 503.
      if (!isReadiness(answer.json)) throw new AnswerRefused(answer);
      return answer.json;
    },
  });
  return (
    <Stack>
      <PageTitle text={t('operations.title')} />
      <SectionLinks />
      <Group>
        <Text>{t('health.version', { version: config.version })}</Text>
        {health.data && <StateBadge state={health.data['status'] ?? ''} />}
        {health.dataUpdatedAt > 0 && (
          <Text size="sm" c="dimmed">
            {t('health.asked')} <Moment instant={new Date(health.dataUpdatedAt).toISOString()} />
          </Text>
        )}
      </Group>
      {health.isPending && <Loading />}
      {health.isError && <Failure error={health.error} again={() => void health.refetch()} />}
      {health.data && <Parts readiness={health.data} />}
      {seesReplicas && <ReplicaList />}
      <Elsewhere base={base} isAlone={!seesReplicas} />
    </Stack>
  );
}

function Parts({ readiness }: { readonly readiness: Readiness }) {
  const t = useMessages();
  return (
    <>
      {readiness['indexed'] !== undefined && (
        <Alert role="note">{t('health.indexed', { share: readiness['indexed'] })}</Alert>
      )}
      <DataTable<PartState>
        caption={t('operations.health')}
        rows={partsOf(readiness)}
        keyOf={({ name }) => name}
        empty={t('health.noParts')}
        columns={[
          {
            key: 'part',
            label: t('health.part'),
            renderCell: ({ name, meaning }) => (meaning === undefined ? name : t(meaning)),
          },
          { key: 'state', label: t('users.state'), renderCell: ({ state }) => <StateBadge state={state} /> },
        ]}
      />
    </>
  );
}

interface ElsewhereView {
  readonly base: string;
  /** True where replicas are not shown. */
  readonly isAlone: boolean;
}

function Elsewhere({ base, isAlone }: ElsewhereView) {
  const t = useMessages();
  return (
    <Stack gap="xs" component="section" aria-label={t('health.elsewhere')}>
      <Title order={2} size="h4">
        {t('health.elsewhere')}
      </Title>
      <List spacing="xs">
        {isAlone && <List.Item>{t('replicas.single')}</List.Item>}
        <List.Item>
          <Anchor href={`${base}/ready`}>{`${base}/ready`}</Anchor>
        </List.Item>
      </List>
    </Stack>
  );
}

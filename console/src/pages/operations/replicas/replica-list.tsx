import { Alert, Badge, Group, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useServerAdmin } from '../../../login/use-admin.js';
import { useMessages } from '../../../messages/messages.js';
import { DataTable } from '../../../parts/lists/data-table.js';
import { Failure } from '../../../parts/failure.js';
import { Loading } from '../../../parts/loading.js';
import { Moment } from '../../../parts/moment.js';
import { StateBadge } from '../state-badge.js';
import { differing, isLost, megabytes, type Replica, type ReplicaList as Listed } from './replicas.js';

const everyMs = 10_000;

/** Processes that serve from the same database, and whether they are of one version. */
export function ReplicaList() {
  const t = useMessages();
  const api = useServerAdmin();
  const found = useQuery({
    queryKey: ['replicas'],
    refetchInterval: everyMs,
    staleTime: 0,
    queryFn: ({ signal }) => api.get<Listed>('replicas', signal),
  });
  return (
    <Stack component="section" aria-label={t('replicas.title')}>
      <Title order={2} size="h4">
        {t('replicas.title')}
      </Title>
      <Text size="sm" maw="70ch">
        {t('replicas.what')}
      </Text>
      {found.isPending && <Loading />}
      {found.isError && <Failure error={found.error} again={() => void found.refetch()} />}
      {found.data && <Replicas replicas={found.data.replicas} />}
    </Stack>
  );
}

function Replicas({ replicas }: { readonly replicas: readonly Replica[] }) {
  const t = useMessages();
  const versions = differing(replicas, ({ version }) => version);
  const migrations = differing(replicas, ({ migration }) => migration);
  return (
    <>
      {versions.length > 0 && (
        <Alert color="orange" role="note">
          {t('replicas.versions', { versions: versions.join(', ') })}
        </Alert>
      )}
      {migrations.length > 0 && (
        <Alert color="orange" role="note" className="break">
          {t('replicas.migrations', { migrations: migrations.join(', ') })}
        </Alert>
      )}
      <DataTable
        caption={t('replicas.title')}
        rows={replicas}
        keyOf={({ id }) => id}
        empty={t('replicas.none')}
        columns={[
          {
            key: 'who',
            label: t('replicas.who'),
            renderCell: (one) => <Who replica={one} hasMigration={migrations.length > 0} />,
          },
          { key: 'state', label: t('users.state'), renderCell: (one) => <ReplicaState replica={one} /> },
          { key: 'load', label: t('replicas.load'), renderCell: (one) => <Load replica={one} /> },
        ]}
      />
    </>
  );
}

interface WhoView {
  readonly replica: Replica;
  /** True where its migration is told, because others know another one. */
  readonly hasMigration: boolean;
}

function Who({ replica: { host, pid, version, migration, answers }, hasMigration }: WhoView) {
  const t = useMessages();
  return (
    <Stack gap={2}>
      <Group gap="xs">
        <Text inherit fw={600}>
          {host}
        </Text>
        {answers && (
          <Badge variant="default" tt="none" miw="max-content">
            {t('replicas.answers')}
          </Badge>
        )}
      </Group>
      <Text size="sm">{t('replicas.version', { version })}</Text>
      <Text size="sm" c="dimmed">
        {t('replicas.pid', { pid })}
      </Text>
      {hasMigration && (
        <Text size="sm" c="dimmed">
          {migration}
        </Text>
      )}
    </Stack>
  );
}

function ReplicaState({ replica }: { readonly replica: Replica }) {
  const t = useMessages();
  return (
    <Stack gap={2}>
      <Group>
        <StateBadge state={replica.state} {...(isLost(replica) && { word: t('replicas.lost') })} />
      </Group>
      <Text size="sm">
        {t('replicas.seen')} <Moment instant={replica.seen} />
      </Text>
      <Text size="sm" c="dimmed">
        {t('replicas.started')} <Moment instant={replica.started} />
      </Text>
    </Stack>
  );
}

/** Figures of its last ten seconds; what a lost one did is over. */
function Load({ replica }: { readonly replica: Replica }) {
  const t = useMessages();
  const { load } = replica;
  if (isLost(replica)) return '–';
  const lines = [
    t('replicas.requests', { count: t.number(load.requestsPerSecond) }),
    t('replicas.delay', { count: t.number(load.eventLoopDelay) }),
    t('replicas.pool', { used: t.number(load.poolInUse), size: t.number(load.poolSize) }),
    ...(load.poolWaiting > 0 ? [t.count('replicas.waiting', load.poolWaiting)] : []),
    t('replicas.memory', { count: t.number(megabytes(load.memory)) }),
  ];
  return (
    <Stack gap={2}>
      {lines.map((line) => (
        <Text key={line} size="sm">
          {line}
        </Text>
      ))}
    </Stack>
  );
}

import { Badge, Group, Stack, Text, Title } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useServerAdmin } from '../../../login/use-admin.js';
import { useRight } from '../../../login/use-right.js';
import { useMessages } from '../../../messages/messages.js';
import { ConfirmButton } from '../../../parts/confirm-button.js';
import { DataTable } from '../../../parts/lists/data-table.js';
import { Failure } from '../../../parts/failure.js';
import { Loading } from '../../../parts/loading.js';
import { Moment } from '../../../parts/moment.js';
import { PageTitle } from '../../../parts/page-title.js';
import { ProgressLine } from '../../../parts/progress-line.js';
import { pathOf } from '../../../server/admin-api.js';
import { SectionLinks } from '../section-links.js';
import { hasFailed, type IndexJob, isOver, type Job, type JobList, kindKey, percentOf } from './jobs.js';

const everyMs = 3000;

/** Work that goes on after its request was answered, of all callers, and what indexes stored resources anew. */
export function JobsPage() {
  const t = useMessages();
  const api = useServerAdmin();
  const found = useQuery({
    queryKey: ['jobs'],
    refetchInterval: everyMs,
    staleTime: 0,
    queryFn: ({ signal }) => api.get<JobList>('jobs', signal),
  });
  return (
    <Stack>
      <PageTitle text={t('jobs.title')} />
      <SectionLinks />
      <Text maw="70ch">{t('jobs.what')}</Text>
      {found.isPending && <Loading />}
      {found.isError && <Failure error={found.error} again={() => void found.refetch()} />}
      {found.data && (
        <>
          <Jobs jobs={found.data.jobs} />
          <Title order={2} size="h4">
            {t('jobs.indexing')}
          </Title>
          <Text size="sm" maw="70ch">
            {t('jobs.indexing.what')}
          </Text>
          <IndexJobs jobs={found.data.indexing} />
        </>
      )}
    </Stack>
  );
}

function Jobs({ jobs }: { readonly jobs: readonly Job[] }) {
  const t = useMessages();
  return (
    <DataTable
      caption={t('jobs.title')}
      rows={jobs}
      keyOf={({ id }) => id}
      empty={t('jobs.none')}
      columns={[
        { key: 'what', label: t('jobs.job'), renderCell: (job) => <What job={job} /> },
        { key: 'state', label: t('users.state'), renderCell: (job) => <JobState job={job} /> },
        { key: 'made', label: t('jobs.made'), renderCell: madeOf(t), isMinor: true },
        {
          key: 'began',
          label: t('jobs.began'),
          renderCell: ({ created }) => <Moment instant={created} />,
          isMinor: true,
        },
      ]}
    />
  );
}

const madeOf = (t: ReturnType<typeof useMessages>) => {
  const made = ({ resources, bytes }: Job): string =>
    t('jobs.made.what', { resources: t.number(resources), bytes: t.number(bytes) });
  return made;
};

function What({ job: { operation, kind, requester } }: { readonly job: Job }) {
  return (
    <Stack gap={0}>
      <Text inherit fw={600}>
        {operation ?? kind}
      </Text>
      {requester !== null && (
        <Text size="sm" c="dimmed">
          {requester}
        </Text>
      )}
    </Stack>
  );
}

function JobState({ job }: { readonly job: Job }) {
  const t = useMessages();
  const mayCancel = useRight('admin/Job.d');
  const percent = percentOf(job);
  const word = hasFailed(job) ? t('jobs.state.failed', { status: job.status ?? '' }) : t(`jobs.state.${job.state}`);
  return (
    <Stack gap={4} align="stretch">
      <Group>
        <StateBadge word={word} isBad={hasFailed(job)} />
      </Group>
      {percent !== undefined && <ProgressLine percent={percent} label={t('jobs.progress', { job: job.id })} />}
      {!isOver(job) && <Delay job={job} />}
      {mayCancel && (
        <Group>
          <CancelJob job={job} />
        </Group>
      )}
    </Stack>
  );
}

/** Progress in words of the server, or why nothing is done now. */
function Delay({ job: { state, progress, before, retryIn } }: { readonly job: Job }) {
  const t = useMessages();
  const isWaiting = typeof before === 'number';
  return (
    <>
      {isWaiting && state === 'running' && <Text size="sm">{t('jobs.waits.gone')}</Text>}
      {isWaiting && <Text size="sm">{before === 0 ? t('jobs.waits.next') : t.count('jobs.waits.before', before)}</Text>}
      {!isWaiting && progress !== null && <Text size="sm">{progress}</Text>}
      {typeof retryIn === 'number' && <Text size="sm">{t.count('jobs.waits.retry', retryIn)}</Text>}
    </>
  );
}

const StateBadge = ({ word, isBad }: { readonly word: string; readonly isBad: boolean }) => (
  <Badge variant={isBad ? 'filled' : 'default'} color={isBad ? 'red.9' : 'gray'} tt="none" miw="max-content">
    {word}
  </Badge>
);

function CancelJob({ job }: { readonly job: Job }) {
  const t = useMessages();
  const api = useServerAdmin();
  const queries = useQueryClient();
  const cancel = async (): Promise<void> => {
    await api.send('DELETE', pathOf('jobs', job.id));
    await queries.invalidateQueries({ queryKey: ['jobs'] });
  };
  const key = isOver(job) ? 'jobs.remove' : 'jobs.cancel';
  return <ConfirmButton label={t(key)} text={t(`${key}.what`)} act={cancel} />;
}

function IndexJobs({ jobs }: { readonly jobs: readonly IndexJob[] }) {
  const t = useMessages();
  return (
    <DataTable
      caption={t('jobs.indexing')}
      rows={jobs}
      keyOf={({ id }) => String(id)}
      empty={t('jobs.indexing.none')}
      columns={[
        {
          key: 'what',
          label: t('jobs.job'),
          renderCell: ({ id, kind }) => {
            const words = kindKey(kind);
            return `${id}: ${words === undefined ? kind : t(words)}`;
          },
        },
        { key: 'state', label: t('users.state'), renderCell: (job) => <IndexJobState job={job} /> },
        { key: 'types', label: t('jobs.types'), renderCell: (job) => typesOf(job, t), isMinor: true },
        {
          key: 'began',
          label: t('jobs.began'),
          renderCell: ({ created }) => <Moment instant={created} />,
          isMinor: true,
        },
      ]}
    />
  );
}

/** More than these are a number. */
const shownTypes = 5;

const typesOf = ({ types }: IndexJob, t: ReturnType<typeof useMessages>): string =>
  types.length > shownTypes ? t.count('jobs.typesCount', types.length) : types.join(', ');

function IndexJobState({ job: { id, state, percent, reason } }: { readonly job: IndexJob }) {
  const t = useMessages();
  const isBad = state === 'failed';
  return (
    <Stack gap={4} align="stretch">
      <Group>
        <StateBadge word={isBad ? t('jobs.failed') : t(`jobs.state.${state}`)} isBad={isBad} />
      </Group>
      {state === 'running' && <ProgressLine percent={percent} label={t('jobs.progress', { job: id })} />}
      {reason !== null && <Text size="sm">{reason}</Text>}
    </Stack>
  );
}

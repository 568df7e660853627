import { Alert, Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useServerAdmin } from '../../login/use-admin.js';
import { useServer } from '../../login/use-login.js';
import { type MessageKey, useMessages } from '../../messages/messages.js';
import { Failure } from '../../parts/failure.js';
import { type Finding, FindingList } from '../../parts/finding-list.js';
import { Loading } from '../../parts/loading.js';
import { Moment } from '../../parts/moment.js';
import { groupsOf } from '../../parts/finding-groups.js';
import { PageTitle } from '../../parts/page-title.js';
import { isOfProcess } from '../../server/console-config.js';
import { SectionLinks } from './section-links.js';

interface Examination {
  readonly healthy: boolean;
  readonly at: string;
  readonly findings: readonly Finding[];
}

/** The findings of `lanyard doctor`, now; at a tenant about what is its own. */
export function DoctorPage() {
  const t = useMessages();
  const { config } = useServer();
  const api = useServerAdmin();
  const look = useQuery({
    queryKey: ['doctor', t.language],
    queryFn: ({ signal }) => api.get<Examination>('doctor', signal),
    staleTime: 0,
  });
  const { data } = look;
  return (
    <Stack>
      <PageTitle text={t('doctor.title')} />
      <SectionLinks />
      <Text maw="70ch">{t(isOfProcess(config) ? 'doctor.what' : 'doctor.what.tenant')}</Text>
      {look.isPending && <Loading />}
      {look.isError && <Failure error={look.error} again={() => void look.refetch()} />}
      {data && (
        <>
          <Alert role="status" color={data.healthy ? 'green' : 'orange'} title={t(verdictOf(data))}>
            <Text size="sm">
              {t('doctor.at')} <Moment instant={data.at} />
            </Text>
          </Alert>
          {groupsOf(data.findings).map(([group, findings]) => (
            <Card key={group} withBorder padding="sm">
              <Title order={2} size="h5" mb="xs" className="break">
                {findings[0]?.title ?? group}
              </Title>
              <FindingList findings={findings} />
            </Card>
          ))}
          <Group>
            <Button variant="default" loading={look.isFetching} onClick={() => void look.refetch()}>
              {t('doctor.again')}
            </Button>
          </Group>
        </>
      )}
    </Stack>
  );
}

function verdictOf({ healthy, findings }: Examination): MessageKey {
  if (!healthy) return 'doctor.ill';
  return findings.some(({ status }) => status === 'warning') ? 'doctor.warnings' : 'doctor.healthy';
}

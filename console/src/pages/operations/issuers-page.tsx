import { Alert, Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useServerAdmin } from '../../login/use-admin.js';
import { useServer } from '../../login/use-login.js';
import { useMessages } from '../../messages/messages.js';
import { EmptyState } from '../../parts/lists/empty-state.js';
import { FactTable } from '../../parts/lists/fact-table.js';
import { Failure } from '../../parts/failure.js';
import { type Finding, FindingList, SettingLine } from '../../parts/finding-list.js';
import { Loading } from '../../parts/loading.js';
import { PageTitle } from '../../parts/page-title.js';
import { issuersIn } from './issuers.js';
import { SectionLinks } from './section-links.js';

/** Whose tokens and logins count here, and how each of them is now. */
export function IssuersPage() {
  const t = useMessages();
  const { config } = useServer();
  const api = useServerAdmin();
  const look = useQuery({
    queryKey: ['doctor', t.language],
    queryFn: ({ signal }) => api.get<{ readonly findings: readonly Finding[] }>('doctor', signal),
    staleTime: 0,
  });
  const issuers = issuersIn(look.data?.findings ?? []);
  return (
    <Stack>
      <PageTitle text={t('issuers.title')} />
      <SectionLinks />
      <Text maw="70ch">{t('issuers.what')}</Text>
      <FactTable facts={[[t('issuers.own'), config.accounts ?? t('issuers.noOwn')]]} />
      <Title order={2} size="h4">
        {t('issuers.others')}
      </Title>
      {look.isPending && <Loading />}
      {look.isError && <Failure error={look.error} again={() => void look.refetch()} />}
      {look.data && issuers.length === 0 && <EmptyState text={t('issuers.none')} />}
      {issuers.map(({ issuer, isGood, setting, findings }) => (
        <Card key={issuer} withBorder padding="sm" component="section" aria-label={issuer}>
          <Stack gap="xs">
            <Title order={3} size="h5" className="break">
              {issuer}
            </Title>
            <Alert role="note" color={isGood ? 'green' : 'orange'} title={t(isGood ? 'issuers.good' : 'issuers.bad')} />
            {setting !== undefined && <SettingLine setting={setting} />}
            <FindingList findings={findings} />
          </Stack>
        </Card>
      ))}
      <Group>
        <Button variant="default" loading={look.isFetching} onClick={() => void look.refetch()}>
          {t('doctor.again')}
        </Button>
      </Group>
    </Stack>
  );
}

import { Anchor, Button, Group as Row, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { useAdmin } from '../../login/use-admin.js';
import { useRight } from '../../login/use-right.js';
import { useMessages } from '../../messages/messages.js';
import { DataTable } from '../../parts/lists/data-table.js';
import { Failure } from '../../parts/failure.js';
import { Loading } from '../../parts/loading.js';
import { PageTitle } from '../../parts/page-title.js';
import { assignedWords, type Group, pathToPolicy, type Policy } from './policy.js';

export function PolicyListPage() {
  const t = useMessages();
  const api = useAdmin();
  const mayAdd = useRight('admin/Policy.c');
  const found = useQuery({
    queryKey: ['policies'],
    staleTime: 0,
    queryFn: async ({ signal }) => {
      const [{ policies }, { groups }] = await Promise.all([
        api.get<{ readonly policies: readonly Policy[] }>('policies', signal),
        api.get<{ readonly groups: readonly Group[] }>('policy-groups', signal),
      ]);
      return { policies, groups };
    },
  });
  return (
    <Stack>
      <Row justify="space-between">
        <PageTitle text={t('policies.title')} />
        {mayAdd && (
          <Button component={Link} to="/policies/new">
            {t('policies.add')}
          </Button>
        )}
      </Row>
      <Text maw="70ch">{t('policies.what')}</Text>
      {found.isPending && <Loading />}
      {found.isError && <Failure error={found.error} again={() => void found.refetch()} />}
      {found.data && (
        <>
          <Policies policies={found.data.policies} />
          <Title order={2} size="h4">
            {t('policies.groupsTitle')}
          </Title>
          <DataTable
            caption={t('policies.groupsTitle')}
            rows={found.data.groups}
            keyOf={({ name }) => name}
            empty={t('policies.noGroups')}
            columns={[
              { key: 'name', label: t('clients.name'), renderCell: ({ name }) => name },
              { key: 'members', label: t('policies.members'), renderCell: ({ members }) => members.join(', ') },
            ]}
          />
        </>
      )}
    </Stack>
  );
}

function Policies({ policies }: { readonly policies: readonly Policy[] }) {
  const t = useMessages();
  return (
    <DataTable
      caption={t('policies.title')}
      rows={policies}
      keyOf={({ name }) => name}
      empty={t('policies.none')}
      columns={[
        {
          key: 'name',
          label: t('clients.name'),
          renderCell: ({ name }) => (
            <Anchor component={Link} to={pathToPolicy(name)} fz="inherit">
              {name}
            </Anchor>
          ),
        },
        { key: 'why', label: t('policies.description'), renderCell: ({ description }) => description },
        {
          key: 'for',
          label: t('policies.for'),
          renderCell: ({ assignedTo }) => assignedWords(assignedTo, t),
          isMinor: true,
        },
      ]}
    />
  );
}

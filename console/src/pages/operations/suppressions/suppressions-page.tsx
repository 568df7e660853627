import { Anchor, Badge, Button, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useServerAdmin } from '../../../login/use-admin.js';
import { useRight } from '../../../login/use-right.js';
import { useMessages } from '../../../messages/messages.js';
import { DataTable } from '../../../parts/lists/data-table.js';
import { Dialog } from '../../../parts/dialog.js';
import { Failure } from '../../../parts/failure.js';
import { Loading } from '../../../parts/loading.js';
import { PageTitle } from '../../../parts/page-title.js';
import { SectionLinks } from '../section-links.js';
import { nothingTyped, type Suppression, type SuppressionList } from './suppression.js';
import { SuppressionDetails } from './suppression-details.js';
import { SuppressionForm } from './suppression-form.js';

/** Rules that let findings of validation pass for a time. */
export function SuppressionsPage() {
  const t = useMessages();
  const api = useServerAdmin();
  const mayAdd = useRight('admin/Definition.c');
  const [isAdding, setAdding] = useState(false);
  const found = useQuery({
    queryKey: ['suppressions'],
    staleTime: 0,
    queryFn: ({ signal }) => api.get<SuppressionList>('suppression-rules', signal),
  });
  return (
    <Stack>
      <Group justify="space-between">
        <PageTitle text={t('suppressions.title')} />
        {mayAdd && <Button onClick={() => setAdding(true)}>{t('suppressions.add')}</Button>}
      </Group>
      <SectionLinks />
      <Text maw="70ch">{t('suppressions.what')}</Text>
      {found.isPending && <Loading />}
      {found.isError && <Failure error={found.error} again={() => void found.refetch()} />}
      {found.data && <Rules rules={found.data.rules} />}
      <Dialog isOpen={isAdding} close={() => setAdding(false)} size="lg" title={t('suppressions.add')}>
        <SuppressionForm initial={nothingTyped} saved={() => setAdding(false)} />
      </Dialog>
    </Stack>
  );
}

function Rules({ rules }: { readonly rules: readonly Suppression[] }) {
  const t = useMessages();
  const [shown, setShown] = useState<string>();
  const rule = rules.find(({ name }) => name === shown);
  return (
    <>
      <DataTable
        caption={t('suppressions.title')}
        rows={rules}
        keyOf={({ name }) => name}
        empty={t('suppressions.none')}
        columns={[
          {
            key: 'name',
            label: t('suppressions.name'),
            renderCell: ({ name }) => (
              <Anchor component="button" type="button" ta="start" fz="inherit" onClick={() => setShown(name)}>
                {name}
              </Anchor>
            ),
          },
          { key: 'code', label: t('suppressions.code'), renderCell: ({ code }) => code },
          { key: 'where', label: t('suppressions.where'), renderCell: (one) => <Where rule={one} />, isMinor: true },
          { key: 'until', label: t('suppressions.until'), renderCell: (one) => <Until rule={one} /> },
          { key: 'why', label: t('suppressions.reason'), renderCell: ({ reason }) => reason, isMinor: true },
        ]}
      />
      <Dialog isOpen={rule !== undefined} close={() => setShown(undefined)} size="lg" title={rule?.name ?? ''}>
        {rule && <SuppressionDetails key={rule.version} rule={rule} close={() => setShown(undefined)} />}
      </Dialog>
    </>
  );
}

/** The part of the data that a rule is about. */
function Where({ rule: { type, path, profile } }: { readonly rule: Suppression }) {
  const t = useMessages();
  const parts = [path ?? type, profile].filter((part) => part !== undefined);
  return parts.length === 0 ? t('suppressions.everywhere') : parts.join(', ');
}

function Until({ rule: { until, isOver } }: { readonly rule: Suppression }) {
  const t = useMessages();
  return (
    <Group gap="xs">
      <time dateTime={until}>{until}</time>
      {isOver && (
        <Badge variant="default" tt="none" miw="max-content">
          {t('suppressions.over')}
        </Badge>
      )}
    </Group>
  );
}

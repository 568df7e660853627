import { Badge, Checkbox, Code, Stack, Text, TextInput, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useServerAdmin } from '../../login/use-admin.js';
import { useMessages } from '../../messages/messages.js';
import { DataTable } from '../../parts/lists/data-table.js';
import { Failure } from '../../parts/failure.js';
import { Loading } from '../../parts/loading.js';
import { PageTitle } from '../../parts/page-title.js';
import { SectionLinks } from './section-links.js';

/** A setting as `/admin/settings` tells it. */
interface Setting {
  readonly name: string;
  readonly task: string;
  readonly isSet: boolean;
  readonly value?: string;
  /** Value without the setting, in words (Markdown). */
  readonly unset?: string;
  readonly isSecret: boolean;
}

/** The settings that the server was started with. */
export function SettingsPage() {
  const t = useMessages();
  const api = useServerAdmin();
  const [filter, setFilter] = useState('');
  const [isSetOnly, setSetOnly] = useState(false);
  const found = useQuery({
    queryKey: ['settings'],
    queryFn: ({ signal }) => api.get<{ readonly settings: readonly Setting[] }>('settings', signal),
  });
  const wanted = filter.trim().toUpperCase();
  const shown = (found.data?.settings ?? []).filter(
    ({ name, isSet }) => name.includes(wanted) && (isSet || !isSetOnly),
  );
  const tasks = [...new Set(shown.map(({ task }) => task))];
  return (
    <Stack>
      <PageTitle text={t('settings.title')} />
      <SectionLinks />
      <Text maw="70ch">{t('settings.what')}</Text>
      {found.isPending && <Loading />}
      {found.isError && <Failure error={found.error} again={() => void found.refetch()} />}
      {found.data && (
        <>
          <TextInput
            label={t('settings.filter')}
            maw={320}
            value={filter}
            onChange={({ currentTarget }) => setFilter(currentTarget.value)}
          />
          <Checkbox
            label={t('settings.setOnly')}
            checked={isSetOnly}
            onChange={({ currentTarget }) => setSetOnly(currentTarget.checked)}
          />
          {tasks.length === 0 && <Text role="status">{t('settings.none')}</Text>}
        </>
      )}
      {tasks.map((task) => (
        <Stack key={task} gap="xs" component="section" aria-label={task}>
          <Title order={2} size="h5">
            {task}
          </Title>
          <SettingTable task={task} settings={shown.filter((setting) => setting.task === task)} />
        </Stack>
      ))}
    </Stack>
  );
}

function SettingTable({ task, settings }: { readonly task: string; readonly settings: readonly Setting[] }) {
  const t = useMessages();
  return (
    <DataTable
      caption={task}
      rows={settings}
      keyOf={({ name }) => name}
      empty={t('settings.none')}
      columns={[
        { key: 'name', label: t('settings.name'), renderCell: ({ name }) => <Code>{name}</Code> },
        { key: 'value', label: t('search.value'), renderCell: (setting) => <Value setting={setting} /> },
      ]}
    />
  );
}

function Value({ setting: { isSet, isSecret, value, unset } }: { readonly setting: Setting }) {
  const t = useMessages();
  if (isSecret) return t(isSet ? 'settings.secret' : 'settings.unset');
  return (
    <Stack gap={2} align="flex-start">
      <Text size="sm" fw={isSet ? 600 : 400} className="break">
        {value ?? unset?.replaceAll('`', '') ?? t('settings.unset')}
      </Text>
      {isSet && (
        <Badge variant="default" tt="none" miw="max-content">
          {t('settings.isSet')}
        </Badge>
      )}
    </Stack>
  );
}

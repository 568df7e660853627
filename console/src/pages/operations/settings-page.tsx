import { Badge, Checkbox, Code, Stack, Text, TextInput, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useServerAdmin } from '../../login/use-admin.js';
import { useServer } from '../../login/use-login.js';
import { type MessageKey, useMessages } from '../../messages/messages.js';
import { DataTable } from '../../parts/lists/data-table.js';
import { Failure } from '../../parts/failure.js';
import { Loading } from '../../parts/loading.js';
import { PageTitle } from '../../parts/page-title.js';
import { isOfProcess } from '../../server/console-config.js';
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
  /** At a tenant: whether it has the setting of its own. */
  readonly isOwn?: boolean;
}

/** The settings that the server was started with; at a tenant those that it may have of its own. */
export function SettingsPage() {
  const t = useMessages();
  const { config } = useServer();
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
      <Text maw="70ch">{t(isOfProcess(config) ? 'settings.what' : 'settings.what.tenant')}</Text>
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

function Value({ setting }: { readonly setting: Setting }) {
  const t = useMessages();
  const { isSet, isSecret, value, unset } = setting;
  const words = isSecret && isSet ? t('settings.secret') : unset?.replaceAll('`', '');
  const origin = originOf(setting);
  return (
    <Stack gap={2} align="flex-start">
      <Text size="sm" fw={isSet ? 600 : 400} className="break">
        {value ?? words ?? t('settings.unset')}
      </Text>
      {origin && (
        <Badge variant="default" tt="none" miw="max-content">
          {t(origin)}
        </Badge>
      )}
    </Stack>
  );
}

/** Who has set it; a tenant may have taken away what the process has set. */
function originOf({ isSet, isOwn }: Setting): MessageKey | undefined {
  if (isOwn === true) return 'settings.isOwn';
  if (!isSet) return undefined;
  return isOwn === undefined ? 'settings.isSet' : 'settings.ofServer';
}

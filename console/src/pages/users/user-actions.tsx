import { Group, Stack, Text, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useAdmin } from '../../login/use-admin.js';
import { useOwnAccount, useServer } from '../../login/use-login.js';
import { useMessages } from '../../messages/messages.js';
import { ConfirmButton } from '../../parts/confirm-button.js';
import { ShownOnce } from '../../parts/shown-once.js';
import { pathOf } from '../../server/admin-api.js';
import type { User } from './user.js';

interface ActionsView {
  readonly name: string;
  /** Absent: the caller may not read it. */
  readonly user?: User;
}

type Secret = { readonly kind: 'link' | 'oneTimePassword'; readonly value: string; readonly expiresAt: string };

/** Actions of a helpdesk for a user: a link to a new password, second factors, sessions, state. */
export function UserActions({ name, user }: ActionsView) {
  const t = useMessages();
  const api = useAdmin();
  const queries = useQueryClient();
  const { session } = useServer();
  const isOwn = useOwnAccount() === name;
  const [secret, setSecret] = useState<Secret>();
  const [done, setDone] = useState('');
  const path = pathOf('users', name);
  const refresh = () =>
    Promise.all(
      [
        ['user', name],
        ['listing', 'users'],
      ].map((queryKey) => queries.invalidateQueries({ queryKey })),
    );
  const doing = (text: string, act: () => Promise<unknown>) => async (): Promise<void> => {
    await act();
    setDone(text);
    await refresh();
  };
  const act = (text: string, disabled: boolean) => doing(text, () => api.send('PATCH', path, { disabled }));
  const makeLink = async (): Promise<void> => {
    const { url, expiresAt } = await api.send<{ url: string; expiresAt: string }>('POST', `${path}/password-link`);
    setSecret({ kind: 'link', value: url, expiresAt });
  };
  const makePassword = async (): Promise<void> => {
    const made = await api.send<{ password: string; expiresAt: string }>('POST', `${path}/one-time-password`);
    setSecret({ kind: 'oneTimePassword', value: made.password, expiresAt: made.expiresAt });
    await refresh();
  };
  const endSessions = async (): Promise<void> => {
    await api.send('DELETE', `${path}/sessions`);
    if (isOwn) session.end();
    else setDone(t('users.sessionsEnded'));
  };
  return (
    <Stack>
      <Title order={2} size="h4">
        {t('users.actions')}
      </Title>
      {secret && (
        <ShownOnce
          title={t(`users.${secret.kind}`)}
          text={t(`users.${secret.kind}.until`, { time: t.dateTime(new Date(secret.expiresAt)) })}
          value={secret.value}
        />
      )}
      {done !== '' && <Text role="status">{done}</Text>}
      <Group>
        <ConfirmButton label={t('users.makeLink')} text={t('users.makeLink.what')} act={makeLink} />
        <ConfirmButton label={t('users.makePassword')} text={t('users.makePassword.what')} act={makePassword} />
        <ConfirmButton
          label={t('users.removeFactors')}
          text={t('users.removeFactors.what')}
          act={doing(t('users.factorsRemoved'), () => api.send('DELETE', `${path}/second-factors`))}
        />
        <ConfirmButton
          label={t('users.endSessions')}
          text={t(isOwn ? 'users.endSessions.own' : 'users.endSessions.what')}
          act={endSessions}
        />
        {user && !isOwn && <StateActions isDisabled={user.disabled} act={act} />}
      </Group>
      {isOwn && (
        <Text size="sm" c="dimmed">
          {t('users.disable.own')}
        </Text>
      )}
    </Stack>
  );
}

interface StateView {
  readonly isDisabled: boolean;
  /** Sets the state, and says the text when that is done. */
  readonly act: (text: string, disabled: boolean) => () => Promise<void>;
}

function StateActions({ isDisabled, act }: StateView) {
  const t = useMessages();
  if (isDisabled)
    return (
      <ConfirmButton label={t('users.enable')} text={t('users.enable.what')} act={act(t('users.isEnabled'), false)} />
    );
  return (
    <ConfirmButton
      label={t('users.disable')}
      text={t('users.disable.what')}
      color="red.9"
      act={act(t('users.isDisabled'), true)}
    />
  );
}

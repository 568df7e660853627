import { Group, Stack } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { useAdmin } from '../../login/use-admin.js';
import { useRight } from '../../login/use-right.js';
import { useMessages } from '../../messages/messages.js';
import { ConfirmButton } from '../../parts/confirm-button.js';
import { ShownOnce } from '../../parts/shown-once.js';
import { pathOf } from '../../server/admin-api.js';
import { type Client, withState } from './client.js';

/** A new secret, the state of a client, its end. */
export function ClientActions({ client }: { readonly client: Client }) {
  const t = useMessages();
  const api = useAdmin();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [secret, setSecret] = useState<string>();
  const mayChange = useRight('admin/Client.u');
  const mayRemove = useRight('admin/Client.d');
  const { id, disabled } = client;
  const path = pathOf('clients', id);
  const rotate = async (): Promise<void> => {
    const made = await api.send<{ readonly secret: string }>('POST', `${path}/secret`);
    setSecret(made.secret);
  };
  const change = async (): Promise<void> => {
    const next = await api.send<Client>('PUT', path, withState(client, !disabled));
    queries.setQueryData(['client', id], next);
    await queries.invalidateQueries({ queryKey: ['listing', 'clients'] });
  };
  const remove = async (): Promise<void> => {
    await api.send('DELETE', path);
    await queries.invalidateQueries({ queryKey: ['listing', 'clients'] });
    await navigate('/clients');
  };
  return (
    <Stack>
      {secret !== undefined && <ShownOnce title={t('clients.secret')} text={t('clients.secret.new')} value={secret} />}
      <Group>
        {mayChange && client.kind === 'confidential-symmetric' && (
          <ConfirmButton label={t('clients.rotate')} text={t('clients.rotate.what')} act={rotate} />
        )}
        {mayChange && (
          <ConfirmButton
            label={t(disabled ? 'clients.enable' : 'clients.disable')}
            text={t(disabled ? 'clients.enable.what' : 'clients.disable.what')}
            act={change}
          />
        )}
        {mayRemove && (
          <ConfirmButton label={t('clients.remove')} text={t('clients.remove.what')} color="red.9" act={remove} />
        )}
      </Group>
    </Stack>
  );
}

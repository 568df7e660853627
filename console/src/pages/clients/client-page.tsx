import { Anchor, Button, Code, Group, List, Stack, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Link, useParams } from 'react-router';
import { useAdmin } from '../../login/use-admin.js';
import { useRight } from '../../login/use-right.js';
import { useMessages } from '../../messages/messages.js';
import { FactTable } from '../../parts/lists/fact-table.js';
import { Failure } from '../../parts/failure.js';
import { Loading } from '../../parts/loading.js';
import { PageTitle } from '../../parts/page-title.js';
import { ScopeList } from '../../parts/scopes/scope-list.js';
import { pathOf } from '../../server/admin-api.js';
import { AccessSection } from '../why/access-section.js';
import { changedRegistration, type Client, formOf, hasUsers, kindOf } from './client.js';
import { ClientActions } from './client-actions.js';
import { ClientFailure } from './client-failure.js';
import { ClientFields } from './client-fields.js';
import { ClientState } from './client-list-page.js';

/** One client: its registration, and what can be done with it. */
export function ClientPage() {
  const t = useMessages();
  const { id = '' } = useParams();
  const api = useAdmin();
  const client = useQuery({
    queryKey: ['client', id],
    queryFn: ({ signal }) => api.get<Client>(pathOf('clients', id), signal),
  });
  return (
    <Stack>
      <Anchor component={Link} to="/clients">
        {t('clients.all')}
      </Anchor>
      <PageTitle text={client.data?.name ?? id} />
      {client.isPending && <Loading />}
      {client.isError && <Failure error={client.error} again={() => void client.refetch()} />}
      {client.data && <Found client={client.data} />}
    </Stack>
  );
}

function Found({ client }: { readonly client: Client }) {
  const t = useMessages();
  const [isEdited, setEdited] = useState(false);
  const mayChange = useRight('admin/Client.u');
  if (isEdited) return <ChangeClient client={client} close={() => setEdited(false)} />;
  return (
    <>
      <ClientFacts client={client} />
      <Group>
        {mayChange && (
          <Button variant="default" onClick={() => setEdited(true)}>
            {t('clients.change')}
          </Button>
        )}
      </Group>
      {!client.disabled && <AccessSection about={{ client: client.id, hasUsers: hasUsers(client) }} />}
      <ClientActions client={client} />
    </>
  );
}

/** Addresses are texts and no links: an app may have registered any. */
function Addresses({ urls }: { readonly urls: readonly string[] }) {
  return (
    <List listStyleType="none" className="break">
      {urls.map((url) => (
        <List.Item key={url}>
          <Code>{url}</Code>
        </List.Item>
      ))}
    </List>
  );
}

function ClientFacts({ client }: { readonly client: Client }) {
  const t = useMessages();
  const { id, disabled, redirectUris, origins, launchUrl, jwksUri, jwks, grantTypes, createdBy, scopes } = client;
  const kids = (jwks?.keys ?? []).map(({ kid, kty }) => `${String(kty)} ${String(kid)}`);
  return (
    <>
      <FactTable
        facts={[
          [t('clients.id'), <Code key="id">{id}</Code>],
          [t('users.state'), <ClientState key="state" disabled={disabled} />],
          [t('clients.kind'), t(`clients.kind.${kindOf(client)}`)],
          [t('clients.grantTypes'), grantTypes.join(', ') || t('clients.nothing')],
          [t('clients.redirectUris'), <Addresses key="uris" urls={redirectUris} />],
          ...(launchUrl === undefined
            ? []
            : [[t('clients.launchUrl'), <Addresses key="l" urls={[launchUrl]} />] as const]),
          ...(origins.length === 0 ? [] : [[t('clients.origins'), <Addresses key="o" urls={origins} />] as const]),
          ...(jwksUri === undefined ? [] : [[t('clients.jwksUri'), <Addresses key="j" urls={[jwksUri]} />] as const]),
          ...(kids.length === 0 ? [] : [[t('clients.keys'), <Addresses key="k" urls={kids} />] as const]),
          [t('clients.createdBy'), createdBy],
        ]}
      />
      <Title order={2} size="h4">
        {t('clients.scopes')}
      </Title>
      <ScopeList scopes={scopes} empty={t('clients.noScopes')} />
    </>
  );
}

function ChangeClient({ client, close }: { readonly client: Client; readonly close: () => void }) {
  const t = useMessages();
  const api = useAdmin();
  const queries = useQueryClient();
  const [form, setForm] = useState(() => formOf(client));
  const save = useMutation({
    mutationFn: async () => api.send<Client>('PUT', pathOf('clients', client.id), changedRegistration(client, form)),
    onSuccess: async (next) => {
      queries.setQueryData(['client', client.id], next);
      await queries.invalidateQueries({ queryKey: ['listing', 'clients'] });
      close();
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack maw={720}>
        <ClientFields form={form} onChange={setForm} />
        {save.isError && <ClientFailure error={save.error} />}
        <Group>
          <Button type="submit" loading={save.isPending}>
            {t('parts.save')}
          </Button>
          <Button variant="default" onClick={close}>
            {t('parts.cancel')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

import { Anchor, Radio, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { useAdmin } from '../../login/use-admin.js';
import { useMessages } from '../../messages/messages.js';
import { FactTable } from '../../parts/lists/fact-table.js';
import { NewForm } from '../../parts/new-form.js';
import { PageTitle } from '../../parts/page-title.js';
import { ShownOnce } from '../../parts/shown-once.js';
import { type Client, emptyForm, kinds, pathToClient, registrationOf } from './client.js';
import { ClientFailure } from './client-failure.js';
import { ClientFields } from './client-fields.js';

type Made = Client & { readonly secret?: string };

export function NewClientPage() {
  const t = useMessages();
  const api = useAdmin();
  const queries = useQueryClient();
  const [id, setId] = useState('');
  const [form, setForm] = useState(emptyForm);
  const create = useMutation({
    mutationFn: async () =>
      api.send<Made>('POST', 'clients', { ...registrationOf(form), ...(id.trim() !== '' && { id: id.trim() }) }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['listing', 'clients'] }),
  });
  if (create.data) return <MadeClient client={create.data} />;
  return (
    <NewForm title={t('clients.add')} onSubmit={() => create.mutate()} isPending={create.isPending} list="/clients">
      <Radio.Group
        label={t('clients.kind')}
        value={form.kind}
        onChange={(kind) => setForm({ ...form, kind, scopes: [] })}
      >
        <Stack gap="xs" mt={4}>
          {kinds.map((kind) => (
            <Radio
              key={kind}
              value={kind}
              label={t(`clients.kind.${kind}`)}
              description={t(`clients.kind.${kind}.what`)}
            />
          ))}
        </Stack>
      </Radio.Group>
      <ClientFields form={form} onChange={setForm} />
      <TextInput
        label={t('clients.id')}
        description={t('clients.id.what')}
        maw={420}
        autoComplete="off"
        spellCheck={false}
        value={id}
        onChange={({ currentTarget }) => setId(currentTarget.value)}
      />
      {create.isError && <ClientFailure error={create.error} />}
    </NewForm>
  );
}

function MadeClient({ client: { id, name, secret } }: { readonly client: Made }) {
  const t = useMessages();
  return (
    <Stack maw={720}>
      <PageTitle text={t('clients.added', { name })} />
      <FactTable
        facts={[
          [
            t('clients.id'),
            <span key="id" className="code">
              {id}
            </span>,
          ],
        ]}
      />
      {secret !== undefined && <ShownOnce title={t('clients.secret')} text={t('clients.secret.for')} value={secret} />}
      <Text>{t('clients.next')}</Text>
      <Anchor component={Link} to={pathToClient(id)}>
        {t('clients.openAdded')}
      </Anchor>
    </Stack>
  );
}

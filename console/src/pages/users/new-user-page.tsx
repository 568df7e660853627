import { Anchor, Radio, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { useAdmin } from '../../login/use-admin.js';
import { useRight } from '../../login/use-right.js';
import { useMessages } from '../../messages/messages.js';
import { Failure } from '../../parts/failure.js';
import { NewForm } from '../../parts/new-form.js';
import { PageTitle } from '../../parts/page-title.js';
import { ShownOnce } from '../../parts/shown-once.js';
import { type AdminApi, pathOf } from '../../server/admin-api.js';
import { TermsFields } from './terms-fields.js';
import { changeOf, noTerms, pathToUser, type Terms, type User } from './user.js';

type Entry = 'link' | 'password';
type Made = { readonly name: string } & (
  { readonly link: string } | { readonly password: string } | { readonly noLink: unknown }
);

export function NewUserPage() {
  const t = useMessages();
  const api = useAdmin();
  const queries = useQueryClient();
  const mayLink = useRight('admin/User.u');
  const [name, setName] = useState('');
  const [terms, setTerms] = useState(noTerms);
  const [entry, setEntry] = useState<Entry>(mayLink ? 'link' : 'password');
  const create = useMutation({
    mutationFn: () => made(api, { name: name.trim(), terms, entry }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['listing', 'users'] }),
  });
  if (create.data) return <MadeUser made={create.data} />;
  return (
    <NewForm title={t('users.add')} onSubmit={() => create.mutate()} isPending={create.isPending} list="/users">
      <TextInput
        label={t('users.name')}
        description={t('users.name.what')}
        required
        maw={420}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        value={name}
        onChange={({ currentTarget }) => setName(currentTarget.value)}
      />
      <Radio.Group label={t('users.entry')} value={entry} onChange={setEntry}>
        <Stack gap="xs" mt={4}>
          {mayLink && <Radio value="link" label={t('users.entry.link')} />}
          <Radio value="password" label={t('users.entry.password')} />
        </Stack>
      </Radio.Group>
      <TermsFields terms={terms} onChange={setTerms} />
      {create.isError && <Failure error={create.error} />}
    </NewForm>
  );
}

interface NewUser {
  readonly name: string;
  readonly terms: Terms;
  readonly entry: Entry;
}

/** The password that the server makes is told to nobody where a link is wanted. */
async function made(api: AdminApi, { name, terms, entry }: NewUser): Promise<Made> {
  const form = { name, ...changeOf(noTerms, terms) };
  const user = await api.send<User & { readonly password: string }>('POST', 'users', form);
  if (entry === 'password') return { name: user.name, password: user.password };
  try {
    const { url } = await api.send<{ readonly url: string }>('POST', `${pathOf('users', user.name)}/password-link`);
    return { name: user.name, link: url };
  } catch (error) {
    return { name: user.name, noLink: error };
  }
}

function MadeUser({ made: user }: { readonly made: Made }) {
  const t = useMessages();
  return (
    <Stack maw={720}>
      <PageTitle text={t('users.added', { name: user.name })} />
      {'link' in user && <ShownOnce title={t('users.link')} text={t('users.link.for')} value={user.link} />}
      {'password' in user && (
        <ShownOnce title={t('users.password')} text={t('users.password.for')} value={user.password} />
      )}
      {'noLink' in user && <Failure error={user.noLink} />}
      <Anchor component={Link} to={pathToUser(user.name)}>
        {t('users.openAdded')}
      </Anchor>
    </Stack>
  );
}

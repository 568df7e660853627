import { Alert, Anchor, Button, Group, Stack, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Link } from 'react-router';
import { useAdmin } from '../../login/use-admin.js';
import { useOwnAccount } from '../../login/use-login.js';
import { useRight } from '../../login/use-right.js';
import { useMessages } from '../../messages/messages.js';
import { FactTable } from '../../parts/lists/fact-table.js';
import { Failure } from '../../parts/failure.js';
import { Moment } from '../../parts/moment.js';
import { Loading } from '../../parts/loading.js';
import { PageTitle } from '../../parts/page-title.js';
import { ScopeList } from '../../parts/scopes/scope-list.js';
import { pathOf } from '../../server/admin-api.js';
import { AccessSection } from '../why/access-section.js';
import { TermsFields } from './terms-fields.js';
import { UserActions } from './user-actions.js';
import { UserState } from './user-list-page.js';
import { changeOf, flags, termsOf, type User } from './user.js';

/** One user: what is known, and what can be done. */
export function UserPage({ name }: { readonly name: string }) {
  const t = useMessages();
  const api = useAdmin();
  const mayRead = useRight('admin/User.r');
  const mayChange = useRight('admin/User.u');
  const user = useQuery({
    queryKey: ['user', name],
    enabled: mayRead,
    queryFn: ({ signal }) => api.get<User>(pathOf('users', name), signal),
  });
  return (
    <Stack>
      <Anchor component={Link} to="/users">
        {t('users.all')}
      </Anchor>
      <PageTitle text={name} />
      {mayRead && user.isPending && <Loading />}
      {user.isError && <Failure error={user.error} again={() => void user.refetch()} />}
      {!mayRead && <Alert role="note">{t('users.unreadable')}</Alert>}
      {user.data && <UserFacts user={user.data} mayChange={mayChange} />}
      {mayChange && !user.isError && <UserActions name={name} {...(user.data && { user: user.data })} />}
    </Stack>
  );
}

function UserFacts({ user, mayChange }: { readonly user: User; readonly mayChange: boolean }) {
  const t = useMessages();
  const own = useOwnAccount();
  const [isEdited, setEdited] = useState(false);
  const isOwn = own === user.name;
  const { clearance } = user;
  const given = flags.filter((flag) => user[flag] === true).map((flag) => t(`users.${flag}`));
  if (isEdited) return <ChangeUser user={user} close={() => setEdited(false)} />;
  return (
    <Stack>
      <FactTable
        facts={[
          [t('users.state'), <UserState key="state" user={user} />],
          [t('users.fhirUser'), user.fhirUser ?? t('users.noPerson')],
          [t('users.createdAt'), <Moment key="at" instant={user.createdAt} />],
          [t('users.clearance'), clearance ?? t('users.clearance.usual')],
          [t('users.exceptions'), given.length === 0 ? t('users.noExceptions') : given.join(', ')],
          ...(user.oneTimePasswordUntil === undefined
            ? []
            : [[t('users.oneTime'), <Moment key="until" instant={user.oneTimePasswordUntil} />] as const]),
        ]}
      />
      <Title order={2} size="h4">
        {t('users.grants')}
      </Title>
      <ScopeList scopes={user.grants} empty={t('users.noGrants')} />
      {isOwn && <Alert role="note">{t('users.own')}</Alert>}
      {mayChange && !isOwn && (
        <Group>
          <Button variant="default" onClick={() => setEdited(true)}>
            {t('users.change')}
          </Button>
        </Group>
      )}
      {!user.disabled && <AccessSection about={{ user: user.name }} />}
    </Stack>
  );
}

function ChangeUser({ user, close }: { readonly user: User; readonly close: () => void }) {
  const t = useMessages();
  const api = useAdmin();
  const queries = useQueryClient();
  const [terms, setTerms] = useState(() => termsOf(user));
  const change = changeOf(termsOf(user), terms);
  const save = useMutation({
    mutationFn: () => api.send<User>('PATCH', pathOf('users', user.name), change),
    onSuccess: async (next) => {
      queries.setQueryData(['user', user.name], next);
      await queries.invalidateQueries({ queryKey: ['listing', 'users'] });
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
        <TermsFields terms={terms} onChange={setTerms} />
        <Alert role="note">{t('users.change.ends')}</Alert>
        {save.isError && <Failure error={save.error} />}
        <Group>
          <Button type="submit" loading={save.isPending} disabled={Object.keys(change).length === 0}>
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

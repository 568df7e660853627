import { Alert, Button, PasswordInput, Stack, Text } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useLocation } from 'react-router';
import { useMessages } from '../messages/messages.js';
import { PageTitle } from '../parts/page-title.js';
import { hasAdminRight } from './rights.js';
import { useLogin, useServer } from './use-login.js';

interface Needs {
  /** One of these rights to administer is needed; none: a login is enough. */
  readonly rights: readonly string[];
  /** True if it stands in a page that has its title. */
  readonly isPart?: boolean;
  readonly children: ReactNode;
}

/** Shows the page to users who are logged in, and to others how to be. What was on it stays while a login is renewed. */
export function NeedsLogin({ rights, isPart = false, children }: Needs) {
  const t = useMessages();
  const login = useLogin();
  if (login.state === 'out') return <SignIn isPart={isPart} />;
  if (login.state === 'in' && rights.length > 0 && !rights.some((right) => hasAdminRight(login.tokens.scopes, right))) {
    return (
      <Stack>
        <PageTitle text={t('rights.missing')} />
        <Alert role="note">{t('rights.missing.cure', { rights: rights.join(', ') })}</Alert>
      </Stack>
    );
  }
  return children;
}

function SignIn({ isPart }: { readonly isPart: boolean }) {
  const t = useMessages();
  const { session } = useServer();
  const { pathname, search, hash } = useLocation();
  const [token, setToken] = useState('');
  const bring = (event: FormEvent): void => {
    event.preventDefault();
    if (token.trim() !== '') session.bring(token.trim());
  };
  return (
    <Stack maw={560}>
      {isPart ? <Text fw={600}>{t('signIn.title')}</Text> : <PageTitle text={t('signIn.title')} />}
      {session.oauth ? (
        <>
          <Text>{t('signIn.why')}</Text>
          <Button onClick={() => void session.signIn(pathname + search + hash)}>{t('login.signIn')}</Button>
        </>
      ) : (
        <Text>{t('signIn.noIssuer')}</Text>
      )}
      <form onSubmit={bring}>
        <Stack>
          <PasswordInput
            label={t('signIn.token')}
            description={t('signIn.token.what')}
            autoComplete="off"
            spellCheck={false}
            value={token}
            visibilityToggleButtonProps={{ 'aria-label': t('signIn.token.show') }}
            onChange={(event) => setToken(event.currentTarget.value)}
          />
          <Button type="submit" variant="default">
            {t('signIn.bring')}
          </Button>
        </Stack>
      </form>
    </Stack>
  );
}

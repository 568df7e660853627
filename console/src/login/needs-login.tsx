import { Alert, Button, List, PasswordInput, Stack, Text } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useLocation } from 'react-router';
import { type MessageKey, useMessages } from '../messages/messages.js';
import { PageTitle } from '../parts/page-title.js';
import { consoleBase } from '../server/console-config.js';
import { hasAdminRight } from './rights.js';
import { ScopesNeeded } from './scopes-needed.js';
import { SignInButton } from './sign-in-button.js';
import { useLogin, useServer } from './use-login.js';

interface Needs {
  /** One of these rights to administer is needed; none: a login is enough. */
  readonly rights: readonly string[];
  /** Asked for when the page is opened. */
  readonly scopes?: readonly string[];
  /** Purpose of the page, in a sentence. */
  readonly about?: MessageKey;
  /** True if it stands in a page that has its title. */
  readonly isPart?: boolean;
  readonly children: ReactNode;
}

/** Shows the page to users who are logged in, and to others how to be. What was on it stays while a login is renewed. */
export function NeedsLogin({ rights, scopes = [], about, isPart = false, children }: Needs) {
  const login = useLogin();
  const { session } = useServer();
  if (login.state === 'out') return <SignIn isPart={isPart} scopes={scopes} />;
  // What is on the page stays in its place while a login is renewed.
  const has = (held: readonly string[]): boolean =>
    login.state === 'ended' || rights.length === 0 || rights.some((right) => hasAdminRight(held, right));
  if (!has(session.mayHave())) return <RightsMissing rights={rights} />;
  const held = login.state === 'in' ? login.tokens.scopes : [];
  return (
    <ScopesNeeded scopes={scopes} {...(about && { about })}>
      {has(held) ? children : <RightsMissing rights={rights} />}
    </ScopesNeeded>
  );
}

function RightsMissing({ rights }: Pick<Needs, 'rights'>) {
  const t = useMessages();
  return (
    <Stack>
      <PageTitle text={t('rights.missing')} />
      <Alert role="note">{t('rights.missing.cure', { rights: rights.join(', ') })}</Alert>
    </Stack>
  );
}

function SignIn({ isPart, scopes }: { readonly isPart: boolean; readonly scopes: readonly string[] }) {
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
          <SignInButton returnTo={pathname + search + hash} scopes={scopes} />
        </>
      ) : (
        <NotSetUp />
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

/** Says what is missing for a login. */
function NotSetUp() {
  const t = useMessages();
  const { config } = useServer();
  const redirect = new URL('callback', consoleBase()).href;
  return (
    <>
      <Text>{t('signIn.noIssuer')}</Text>
      <Alert role="note" title={t('signIn.setUp')}>
        <List size="sm" className="break">
          {config.issuer === undefined && <List.Item>{t('signIn.setUp.trust')}</List.Item>}
          <List.Item>
            {t('signIn.setUp.register', {
              issuer: config.issuer ?? 'TRUSTED_ISSUERS',
              redirect,
              origin: location.origin,
            })}
          </List.Item>
          <List.Item>{t('signIn.setUp.setting')}</List.Item>
        </List>
      </Alert>
    </>
  );
}

import { Alert, Anchor, Button, Center, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import { useMessages } from '../messages/messages.js';
import { Loading } from '../parts/loading.js';
import { preference, setPreference } from '../preferences.js';
import { consoleBase, loadConfig } from '../server/console-config.js';
import { FhirClient } from '../server/fhir-client.js';
import { Session } from './session.js';
import { type Server, ServerContext } from './use-login.js';

/** Finds out which server this is, and logs in again without a page where the browser has a session. */
export function Connect({ children }: { readonly children: ReactNode }) {
  const [server, setServer] = useState<Server | 'failed'>();
  const connect = useCallback(() => {
    setServer(undefined);
    connected().then(
      (found) => found && setServer(found),
      () => setServer('failed'),
    );
  }, []);
  const begun = useRef(false);
  useEffect(() => {
    if (!begun.current) connect();
    begun.current = true;
  }, [connect]);
  if (server === 'failed') return <Unreachable again={connect} />;
  if (!server) return <Waiting />;
  const { config } = server;
  if (new URL(config.console).origin !== location.origin) return <Elsewhere url={config.console} />;
  return (
    <ServerContext value={server}>
      <ForgetOthers server={server}>{children}</ForgetOthers>
    </ServerContext>
  );
}

/** Undefined while the browser is on its way to the server's session and back. */
async function connected(): Promise<Server | undefined> {
  const config = await loadConfig();
  const session = new Session(config);
  const { pathname } = consoleBase();
  const here = location.href.slice(location.origin.length + pathname.length - 1);
  const isCallback = here.startsWith('/callback');
  const isHome = new URL(config.console).origin === location.origin;
  if (session.oauth && isHome && !isCallback && preference('has-session') !== undefined) {
    try {
      await session.signIn(here, { isSilent: true });
      return undefined;
    } catch {
      setPreference('has-session', undefined);
    }
  }
  return { config, session, fhir: new FhirClient(config.fhirBase, session) };
}

/** Forgotten at logout: the next user must not see data of the last one. */
function ForgetOthers({ server: { session }, children }: { readonly server: Server; readonly children: ReactNode }) {
  const queries = useQueryClient();
  useEffect(() => {
    let user = '';
    return session.subscribe(() => {
      const login = session.current();
      const next = login.state === 'in' ? login.tokens.user : login.state === 'ended' ? login.user : '';
      if (next !== user) queries.clear();
      else if (login.state === 'in')
        // With more scopes more is answered.
        void queries.invalidateQueries({
          predicate: ({ state, queryKey }) => state.status === 'error' || queryKey[0] === 'my-access',
        });
      user = next;
    });
  }, [session, queries]);
  return children;
}

const Waiting = () => (
  <main>
    <Loading />
  </main>
);

function Unreachable({ again }: { readonly again: () => void }) {
  const t = useMessages();
  return (
    <Center mih="60vh" component="main" p="md">
      <Alert color="red" title={t('connect.failed')} role="alert">
        <Stack align="flex-start">
          <Text size="sm">{t('connect.failed.cure')}</Text>
          <Button onClick={again}>{t('parts.again')}</Button>
        </Stack>
      </Alert>
    </Center>
  );
}

function Elsewhere({ url }: { readonly url: string }) {
  const t = useMessages();
  return (
    <Center mih="60vh" component="main" p="md">
      <Alert title={t('connect.elsewhere')}>
        <Text size="sm">{t('connect.elsewhere.why', { here: location.origin })}</Text>
        <Anchor href={url}>{url}</Anchor>
      </Alert>
    </Center>
  );
}

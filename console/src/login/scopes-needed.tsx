import { Alert, Button, Code, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { type MessageKey, useMessages } from '../messages/messages.js';
import { Failure } from '../parts/failure.js';
import { Loading } from '../parts/loading.js';
import { useLogin, useServer } from './use-login.js';

interface Needs {
  readonly scopes: readonly string[];
  /** Purpose of the page, in a sentence. */
  readonly about?: MessageKey;
  /** True for a page that is of use without them, too. */
  readonly isOptional?: boolean;
  readonly children?: ReactNode;
}

/** Asks for the scopes that a page needs when it is opened, each once: by itself where that takes no page, by a button elsewhere (docs/adr/0141). */
export function ScopesNeeded({ scopes, about, isOptional = false, children }: Needs) {
  const { session } = useServer();
  // Each change of the login is one of these.
  useLogin();
  const isWaiting = session.toAsk(scopes).length > 0;
  // A page that was shown stays: rights that the user is given meanwhile are asked for beside it.
  const [isShown, setShown] = useState(isOptional || !isWaiting);
  if (!isShown && !isWaiting) setShown(true);
  return (
    <>
      {isWaiting && session.oauth?.isSilent === true && <AskedSilently scopes={scopes} isOptional={isShown} />}
      <ScopesByButton scopes={scopes} about={about} />
      {isShown && children}
    </>
  );
}

function AskedSilently({ scopes, isOptional }: Pick<Needs, 'scopes'> & { readonly isOptional: boolean }) {
  const { session } = useServer();
  const asked = useQuery({
    queryKey: ['scopes', ...scopes],
    gcTime: 0,
    staleTime: 0,
    retry: false,
    queryFn: async () => {
      await session.ensure(scopes);
      return true;
    },
  });
  if (asked.isError) return <Failure error={asked.error} again={() => void asked.refetch()} />;
  return isOptional ? null : <Loading />;
}

/** In place of what a part of a page asks for by itself: nothing where that takes no page. */
export function ScopesByButton({ scopes, about }: Panel) {
  const { session } = useServer();
  useLogin();
  const missing = session.toAsk(scopes);
  return (
    <>
      {missing.length > 0 && session.oauth?.isSilent !== true && <AskPanel scopes={missing} about={about} />}
      <NotGiven scopes={session.notGiven(scopes)} />
    </>
  );
}

interface Panel {
  readonly scopes: readonly string[];
  readonly about?: MessageKey | undefined;
}

/** Leads to the authorization server in another window, while this page stays as it is. */
function AskPanel({ scopes, about }: Panel) {
  const t = useMessages();
  return (
    <Alert role="note" title={t('scopes.needed')} mb="md">
      <Stack align="flex-start" gap="xs">
        {about !== undefined && <Text size="sm">{t(about)}</Text>}
        <Scopes scopes={scopes} />
        <Text size="sm">{t('scopes.needed.why')}</Text>
        <AskLink scopes={scopes} text={t('scopes.ask')} />
      </Stack>
    </Alert>
  );
}

function NotGiven({ scopes }: { readonly scopes: readonly string[] }) {
  const t = useMessages();
  const { session, config } = useServer();
  const again = useMutation({ mutationFn: () => session.ensure(scopes, true) });
  if (scopes.length === 0) return null;
  return (
    <Alert role="note" color="orange" title={t('scopes.notGiven')} mb="md">
      <Stack align="flex-start" gap="xs">
        <Scopes scopes={scopes} />
        <Text size="sm">{t('scopes.notGiven.cure', { issuer: config.issuer ?? '' })}</Text>
        {session.oauth?.isSilent === true ? (
          <Button variant="default" loading={again.isPending} onClick={() => again.mutate()}>
            {t('scopes.again')}
          </Button>
        ) : (
          <AskLink scopes={scopes} text={t('scopes.again')} />
        )}
      </Stack>
    </Alert>
  );
}

function AskLink({ scopes, text }: { readonly scopes: readonly string[]; readonly text: string }) {
  const { session } = useServer();
  const [url, setUrl] = useState<string>();
  const list = scopes.join(' ');
  useEffect(() => {
    // Made before the click: a window that opens later is held back by browsers.
    session.signInAgainUrl(list.split(' ')).then(setUrl, () => setUrl(undefined));
  }, [session, list]);
  if (url === undefined) return null;
  return (
    <Button component="a" href={url} target="_blank" rel="opener">
      {text}
    </Button>
  );
}

const Scopes = ({ scopes }: { readonly scopes: readonly string[] }) => (
  <Group gap={4}>
    {scopes.map((scope) => (
      <Code key={scope} className="break">
        {scope}
      </Code>
    ))}
  </Group>
);

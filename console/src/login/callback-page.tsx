import { Alert, Stack, Text } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { useMessages } from '../messages/messages.js';
import { Loading } from '../parts/loading.js';
import { PageTitle } from '../parts/page-title.js';
import { receive } from './receive-code.js';
import { IssuerNeeds, SignInButton } from './sign-in-button.js';
import { useServer } from './use-login.js';

type Outcome = { readonly failure: string } | 'handed-over';

/** Where the browser comes back to with a code, or with the reason why there is none. */
export function CallbackPage() {
  const t = useMessages();
  const { session } = useServer();
  const { search } = useLocation();
  const navigate = useNavigate();
  const [outcome, setOutcome] = useState<Outcome>();
  const done = useRef(false);
  useEffect(() => {
    if (done.current) return;
    done.current = true;
    receive(session, search).then(
      (next) => (next === 'handed-over' ? setOutcome(next) : navigate(next.returnTo, { replace: true })),
      (thrown: unknown) => setOutcome({ failure: thrown instanceof Error ? thrown.message : String(thrown) }),
    );
  }, [session, search, navigate]);
  if (outcome === undefined) return <Loading />;
  if (outcome === 'handed-over') {
    return (
      <Stack>
        <PageTitle text={t('callback.handedOver')} />
        <Text>{t('callback.close')}</Text>
      </Stack>
    );
  }
  return (
    <Stack align="flex-start">
      <PageTitle text={t('callback.failed')} />
      <Alert color="red" role="alert" title={outcome.failure}>
        {t('callback.failed.cure')}
        <IssuerNeeds />
      </Alert>
      <SignInButton returnTo="/" />
    </Stack>
  );
}

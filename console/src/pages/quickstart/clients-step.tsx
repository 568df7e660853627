import { Alert, Anchor, Button, Card, Code, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from 'react-router';
import { useAdmin } from '../../login/use-admin.js';
import { useServer } from '../../login/use-login.js';
import { useMessages } from '../../messages/messages.js';
import { download, jsonFile } from '../../parts/download.js';
import { Failure } from '../../parts/failure.js';
import { ShownOnce } from '../../parts/shown-once.js';
import { pathToClient } from '../clients/client.js';
import { canMakeKeys, makeKeyPair } from '../clients/key-pair.js';
import { appId, baseOf, commandText, serviceId, serviceScope, usesOwn } from './quickstart.js';
import type { StepView } from './quickstart-page.js';
import { findSample, giveKeys, giveSecret } from './samples.js';

/** The apps that get tokens: a backend service for the proof, and an app with a secret. */
export function ClientsStep({ choices, keyPair, setKeyPair }: StepView) {
  const t = useMessages();
  const { config } = useServer();
  const isOwn = usesOwn(choices, config.accounts);
  return (
    <Stack>
      <Title order={2} size="h4">
        {t('quickstart.clients')}
      </Title>
      {isOwn ? (
        <>
          <ServiceCard keyPair={keyPair} setKeyPair={setKeyPair} />
          <AppCard />
        </>
      ) : (
        <Elsewhere choices={choices} />
      )}
    </Stack>
  );
}

function ServiceCard({ keyPair, setKeyPair }: Pick<StepView, 'keyPair' | 'setKeyPair'>) {
  const t = useMessages();
  const api = useAdmin();
  const queries = useQueryClient();
  const make = useMutation({
    mutationFn: async () => {
      const pair = await makeKeyPair();
      await giveKeys(api, pair.publicJwks);
      return pair;
    },
    onSuccess: (pair) => {
      setKeyPair(pair);
      return queries.invalidateQueries({ queryKey: ['quickstart', 'sample'] });
    },
  });
  return (
    <Card withBorder padding="sm">
      <Stack align="flex-start" gap="sm">
        <Title order={3} size="h5">
          {t('quickstart.service')}
        </Title>
        <Text size="sm">
          {t('quickstart.service.what')} <Code>{serviceScope}</Code>
        </Text>
        <Registered id={serviceId} />
        {canMakeKeys() ? (
          <Button variant="default" loading={make.isPending} onClick={() => make.mutate()}>
            {t('quickstart.service.make')}
          </Button>
        ) : (
          <Alert role="note">{t('clients.keys.insecure')}</Alert>
        )}
        {make.isError && <Failure error={make.error} />}
        {keyPair && (
          <Alert role="status" title={t('quickstart.service.made')} w="100%">
            <Stack align="flex-start" gap="xs">
              <Text size="sm">{t('clients.keys.download.what')}</Text>
              <Button variant="default" onClick={() => download(`${serviceId}.jwk.json`, jsonFile(keyPair.privateJwk))}>
                {t('clients.keys.download')}
              </Button>
            </Stack>
          </Alert>
        )}
      </Stack>
    </Card>
  );
}

function AppCard() {
  const t = useMessages();
  const api = useAdmin();
  const queries = useQueryClient();
  const make = useMutation({
    mutationFn: () => giveSecret(api),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['quickstart', 'sample'] }),
  });
  return (
    <Card withBorder padding="sm">
      <Stack align="flex-start" gap="sm">
        <Title order={3} size="h5">
          {t('quickstart.app')}
        </Title>
        <Text size="sm">{t('quickstart.app.what')}</Text>
        <Registered id={appId} />
        <Button variant="default" loading={make.isPending} onClick={() => make.mutate()}>
          {t('quickstart.app.make')}
        </Button>
        {make.isError && <Failure error={make.error} />}
        {make.data !== undefined && (
          <ShownOnce title={t('clients.secret')} text={t('clients.secret.for')} value={make.data} />
        )}
      </Stack>
    </Card>
  );
}

/** Tells if a sample is there, and links to it. */
function Registered({ id }: { readonly id: string }) {
  const t = useMessages();
  const api = useAdmin();
  const look = useQuery({
    queryKey: ['quickstart', 'sample', id],
    queryFn: async () => (await findSample(api, id)) ?? null,
  });
  if (look.isError) return <Failure error={look.error} again={() => void look.refetch()} />;
  if (look.data === undefined) return null;
  if (look.data === null) return <Text size="sm">{t('quickstart.notRegistered')}</Text>;
  return (
    <Text size="sm">
      {t('quickstart.registered')}{' '}
      <Anchor component={Link} to={pathToClient(id)} size="sm">
        {id}
      </Anchor>
    </Text>
  );
}

/** This server cannot register anything there: what to do there, in words. */
function Elsewhere({ choices }: Pick<StepView, 'choices'>) {
  const t = useMessages();
  const { config } = useServer();
  return (
    <Stack gap="xs">
      <Text>{t('quickstart.elsewhere')}</Text>
      <Text size="sm">
        {t('quickstart.elsewhere.service')} <Code>{serviceScope}</Code>
      </Text>
      <Text size="sm">
        {t('quickstart.elsewhere.audience')} <Code className="break">{baseOf(choices, config.fhirBase)}</Code>
      </Text>
      <Text size="sm">
        {t('quickstart.elsewhere.command')} <Code className="break">{commandText(choices)}</Code>
      </Text>
      <Text size="sm">{t('quickstart.elsewhere.why')}</Text>
    </Stack>
  );
}

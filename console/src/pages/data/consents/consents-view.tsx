import { Alert, Anchor, Badge, Card, Group, List, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { useServer } from '../../../login/use-login.js';
import { useMessages } from '../../../messages/messages.js';
import { EmptyState } from '../../../parts/lists/empty-state.js';
import { Failure } from '../../../parts/failure.js';
import { Loading } from '../../../parts/loading.js';
import { type Bundle, linkOf, matchesOf } from '../searching/bundle.js';
import { type Resource, summaryOf } from '../summary.js';
import { consentWords, isEnforced, type ProvisionWords } from './consent-words.js';

const shownAtMost = 50;

/** The Consents of a patient, in words. */
export function ConsentsView({ patient }: { readonly patient: string }) {
  const t = useMessages();
  const { fhir } = useServer();
  const found = useQuery({
    queryKey: ['consents', patient],
    queryFn: ({ signal }) =>
      fhir.ask<Bundle>({
        method: 'POST',
        path: 'Consent/_search',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({
          patient: `Patient/${patient}`,
          _sort: '-date',
          _count: String(shownAtMost),
        }).toString(),
        signal,
      }),
  });
  if (found.isPending) return <Loading />;
  if (found.isError) return <Failure error={found.error} again={() => void found.refetch()} />;
  const consents = matchesOf(found.data);
  if (consents.length === 0) return <EmptyState text={t('consents.none')} />;
  return (
    <Stack>
      <Text size="sm" maw="70ch">
        {t('consents.explained')}
      </Text>
      {linkOf(found.data, 'next') !== undefined && (
        <Alert role="note">{t('timeline.first', { count: t.number(shownAtMost) })}</Alert>
      )}
      {consents.map((consent) => (
        <OneConsent key={consent.id} consent={consent} />
      ))}
    </Stack>
  );
}

function OneConsent({ consent }: { readonly consent: Resource }) {
  const t = useMessages();
  const counts = isEnforced(consent);
  return (
    <Card withBorder padding="sm">
      <Stack gap="xs">
        <Group>
          <Anchor component={Link} to={`/data/Consent/${consent.id}`}>
            Consent/{consent.id}
          </Anchor>
          <Badge variant={counts ? 'filled' : 'default'} color={counts ? 'ink.8' : 'gray'} tt="none" miw="max-content">
            {t(counts ? 'consents.enforced' : 'consents.document')}
          </Badge>
          <Text size="sm">{summaryOf(consent['dateTime'])}</Text>
        </Group>
        <List size="sm" listStyleType="none">
          <Provision words={consentWords(consent, t)} />
        </List>
      </Stack>
    </Card>
  );
}

function Provision({ words: { denies, conditions, exceptions } }: { readonly words: ProvisionWords }) {
  const t = useMessages();
  return (
    <List.Item className="break">
      <Text span inherit fw={600}>
        {t(denies ? 'consents.denies' : 'consents.permits')}
      </Text>{' '}
      {conditions.length === 0 ? t('consents.everything') : conditions.join('; ')}
      {exceptions.length > 0 && (
        <>
          <Text size="sm" mt={4}>
            {t('consents.but')}
          </Text>
          <List size="sm" withPadding>
            {exceptions.map((exception, at) => (
              // Provisions have no names, and their order does not change.
              <Provision key={at} words={exception} />
            ))}
          </List>
        </>
      )}
    </List.Item>
  );
}

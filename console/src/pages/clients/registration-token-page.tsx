import { Anchor, Button, Group, NumberInput, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Link } from 'react-router';
import { useAdmin } from '../../login/use-admin.js';
import { useMessages } from '../../messages/messages.js';
import { Failure } from '../../parts/failure.js';
import { PageTitle } from '../../parts/page-title.js';
import { plainScopes } from '../../parts/scopes/scope-words.js';
import { ScopesField } from '../../parts/scopes/scopes-field.js';
import { ShownOnce } from '../../parts/shown-once.js';

const dayInSeconds = 86_400;

/** A token with which an app registers itself (RFC 7591). */
export function RegistrationTokenPage() {
  const t = useMessages();
  const api = useAdmin();
  const [scopes, setScopes] = useState<readonly string[]>([]);
  const [uses, setUses] = useState<string | number>(1);
  const [days, setDays] = useState<string | number>(1);
  const make = useMutation({
    mutationFn: () =>
      api.send<{ readonly token: string; readonly expiresAt: string }>('POST', 'registration-tokens', {
        uses: Number(uses),
        ttlSeconds: Math.round(Number(days) * dayInSeconds),
        ...(scopes.length > 0 && { scopes }),
      }),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    make.mutate();
  };
  return (
    <Stack maw={720}>
      <Anchor component={Link} to="/clients">
        {t('clients.all')}
      </Anchor>
      <PageTitle text={t('clients.token')} />
      <Text>{t('clients.token.what')}</Text>
      {make.data && (
        <ShownOnce
          title={t('clients.token.made')}
          text={t('clients.token.until', { time: t.dateTime(new Date(make.data.expiresAt)) })}
          value={make.data.token}
        />
      )}
      <form onSubmit={submit}>
        <Stack>
          <Group>
            <NumberInput
              label={t('clients.token.uses')}
              min={1}
              max={10_000}
              allowDecimal={false}
              hideControls
              value={uses}
              onChange={setUses}
            />
            <NumberInput
              label={t('clients.token.days')}
              min={1}
              max={366}
              allowDecimal={false}
              hideControls
              value={days}
              onChange={setDays}
            />
          </Group>
          <ScopesField
            label={t('clients.token.scopes')}
            value={scopes}
            onChange={setScopes}
            contexts={['patient', 'user', 'system']}
            plain={plainScopes.filter((scope) => scope !== 'profile')}
            empty={t('clients.token.usual')}
          />
          {make.isError && <Failure error={make.error} />}
          <Group>
            <Button type="submit" loading={make.isPending}>
              {t('clients.token.make')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Stack>
  );
}

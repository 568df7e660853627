import { Button, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { questionScopes } from '../../login/page-scopes.js';
import { ScopesByButton } from '../../login/scopes-needed.js';
import { useAdmin } from '../../login/use-admin.js';
import { useServer } from '../../login/use-login.js';
import { useMessages } from '../../messages/messages.js';
import { Failure } from '../../parts/failure.js';
import type { Parameters } from '../../server/parameters.js';
import { AccessMatrix } from './access-matrix.js';
import { readMyAccess } from './my-access.js';
import { type AskedToken, noToken, questionPath, trimmed } from './others-access.js';
import { TokenFields } from './token-fields.js';

interface OthersAccessView {
  /** User or app that the page is about. */
  readonly about?: Partial<AskedToken>;
  readonly hidden?: readonly (keyof AskedToken)[];
  /** True if it is asked as soon as it is shown. */
  readonly atOnce?: boolean;
}

/** Permissions of somebody else, type by type; each question is audited, so none is repeated by itself. */
export function OthersAccessView({ about = {}, hidden = [], atOnce = false }: OthersAccessView) {
  const t = useMessages();
  const api = useAdmin();
  const { session } = useServer();
  const [token, setToken] = useState<AskedToken>({ ...noToken, ...about });
  const typed = trimmed(token);
  const isNamed = typed.user !== '' || typed.client !== '';
  const [asked, setAsked] = useState(atOnce ? typed : undefined);
  const answer = useQuery({
    queryKey: ['others-access', asked],
    enabled: asked !== undefined,
    gcTime: 0,
    staleTime: Infinity,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
    retry: false,
    queryFn: async ({ signal }) => {
      await session.ensure(questionScopes);
      return readMyAccess(await api.get<Parameters>(questionPath(asked!), signal));
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!isNamed) return;
    if (asked && questionPath(asked) === questionPath(typed)) void answer.refetch();
    else setAsked(typed);
  };
  return (
    <Stack>
      <Text maw="70ch" size="sm">
        {t('others.what')}
      </Text>
      <ScopesByButton scopes={questionScopes} />
      <form onSubmit={submit}>
        <Stack>
          <TokenFields
            token={token}
            hidden={hidden}
            onChange={(change) => setToken((before) => ({ ...before, ...change }))}
          />
          <Group>
            <Button type="submit" variant="default" loading={answer.isFetching} disabled={!isNamed}>
              {t('others.ask')}
            </Button>
            {!isNamed && <Text size="sm">{t('others.need')}</Text>}
          </Group>
        </Stack>
      </form>
      {answer.isError && <Failure error={answer.error} />}
      {answer.data && <AccessMatrix access={answer.data} empty={t('others.nothing')} />}
    </Stack>
  );
}

import { Button, Group, Stack, Textarea, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useLocation } from 'react-router';
import { scopesAt } from '../../login/page-scopes.js';
import { useLogin, useServer } from '../../login/use-login.js';
import { useMessages } from '../../messages/messages.js';
import { Failure } from '../../parts/failure.js';
import { ClaimsView } from './claims-view.js';
import { bareToken, explain, type Question } from './explanation.js';
import { ExplanationView } from './explanation-view.js';

/** A form for a token and a request line, and the decision about them. */
export function ExplainToken() {
  const t = useMessages();
  const { fhir } = useServer();
  const { state } = useLocation() as { readonly state: { readonly request?: string } | null };
  const [question, setQuestion] = useState<Question>({ token: '', request: state?.request ?? 'GET Patient', body: '' });
  const set = (change: Partial<Question>): void => setQuestion((before) => ({ ...before, ...change }));
  const ask = useMutation({ mutationFn: (asked: Question) => explain(fhir, asked) });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    ask.mutate(question);
  };
  return (
    <Stack>
      <form onSubmit={submit}>
        <Stack>
          <Textarea
            label={t('why.token.label')}
            description={t('why.token.what')}
            required
            autosize
            minRows={3}
            maxRows={8}
            autoComplete="off"
            spellCheck={false}
            classNames={{ input: 'code break' }}
            value={question.token}
            onChange={(event) => set({ token: event.currentTarget.value })}
          />
          <TextInput
            label={t('why.request.label')}
            description={t('why.request.what')}
            required
            spellCheck={false}
            autoComplete="off"
            classNames={{ input: 'code' }}
            value={question.request}
            onChange={(event) => set({ request: event.currentTarget.value })}
          />
          {/^\s*(?:POST|PUT|PATCH)\b/i.test(question.request) && (
            <Textarea
              label={t('why.body.label')}
              autosize
              minRows={3}
              maxRows={12}
              spellCheck={false}
              classNames={{ input: 'code' }}
              value={question.body}
              onChange={(event) => set({ body: event.currentTarget.value })}
            />
          )}
          <Group>
            <Button type="submit" loading={ask.isPending}>
              {t('why.explain')}
            </Button>
            <OwnToken take={(token) => set({ token })} />
          </Group>
        </Stack>
      </form>
      {ask.isError && <Failure error={ask.error} again={() => ask.mutate(question)} />}
      {ask.data && <ExplanationView explanation={ask.data} />}
      <ClaimsView token={bareToken(question.token)} />
    </Stack>
  );
}

const scopes = scopesAt('data');

/** Takes the token of the login, with the scopes that pages for data have. */
function OwnToken({ take }: { readonly take: (token: string) => void }) {
  const t = useMessages();
  const login = useLogin();
  const { session } = useServer();
  const taken = useMutation({
    mutationFn: async () => {
      await session.ensure(scopes);
      return session.token();
    },
    onSuccess: (token) => token !== undefined && take(token),
  });
  if (login.state !== 'in') return null;
  return (
    <Button variant="default" loading={taken.isPending} onClick={() => taken.mutate()}>
      {t('why.useMine')}
    </Button>
  );
}

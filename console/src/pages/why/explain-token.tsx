import { Button, Group, Stack, Textarea, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useLocation } from 'react-router';
import { useLogin, useServer } from '../../login/use-login.js';
import { useMessages } from '../../messages/messages.js';
import { Failure } from '../../parts/failure.js';
import type { Parameters } from '../../server/parameters.js';
import { ClaimsView } from './claims-view.js';
import { readExplanation } from './explanation.js';
import { ExplanationView } from './explanation-view.js';

interface Question {
  readonly token: string;
  readonly request: string;
  readonly body: string;
}

/** People copy the header with its name. */
const bare = (token: string): string => token.trim().replace(/^(?:authorization:\s*)?bearer\s+/i, '');

/** A form for a token and a request line, and the decision about them. */
export function ExplainToken() {
  const t = useMessages();
  const login = useLogin();
  const { fhir } = useServer();
  const { state } = useLocation() as { readonly state: { readonly request?: string } | null };
  const [question, setQuestion] = useState<Question>({ token: '', request: state?.request ?? 'GET Patient', body: '' });
  const set = (change: Partial<Question>): void => setQuestion((before) => ({ ...before, ...change }));
  const explain = useMutation({
    mutationFn: async ({ token, request, body }: Question) =>
      readExplanation(
        await fhir.ask<Parameters>({
          method: 'POST',
          path: '$explain-access',
          // The token that was pasted is what is asked about; no other goes along.
          token: '',
          body: JSON.stringify({
            resourceType: 'Parameters',
            parameter: Object.entries({ token: bare(token), request: request.trim(), body: body.trim() })
              .filter(([, value]) => value !== '')
              .map(([name, valueString]) => ({ name, valueString })),
          }),
        }),
      ),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    explain.mutate(question);
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
            <Button type="submit" loading={explain.isPending}>
              {t('why.explain')}
            </Button>
            {login.state === 'in' && (
              <Button variant="default" onClick={() => set({ token: login.tokens.accessToken })}>
                {t('why.useMine')}
              </Button>
            )}
          </Group>
        </Stack>
      </form>
      {explain.isError && <Failure error={explain.error} again={() => explain.mutate(question)} />}
      {explain.data && <ExplanationView explanation={explain.data} />}
      <ClaimsView token={bare(question.token)} />
    </Stack>
  );
}

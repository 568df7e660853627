import { Group, NativeSelect, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useLogin, useServer } from '../../login/use-login.js';
import { useMessages } from '../../messages/messages.js';
import { PageTitle } from '../../parts/page-title.js';
import { curlOf, hasBody, methods, type PanelRequest, readHeaders } from './curl.js';
import { RequestLinks } from './request-links.js';
import { Outcome, SendBar, useSending } from './send-bar.js';

const begin: PanelRequest = { method: 'GET', path: 'metadata', headers: '', body: '' };

/** Any request to the FHIR base, with the token of the login, and its answer as it came. */
export function RequestPanelPage() {
  const t = useMessages();
  const login = useLogin();
  const { fhir } = useServer();
  const [request, setRequest] = useState(begin);
  const set = (change: Partial<PanelRequest>): void => setRequest((before) => ({ ...before, ...change }));
  const read = readHeaders(request.headers);
  const send = useSending();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if ('headers' in read) send.mutate(request);
  };
  const curl = curlOf(fhir.base, request, login.state === 'in');
  return (
    <Stack>
      <PageTitle text={t('request.title')} />
      <RequestLinks />
      <Text maw="70ch">{t(login.state === 'in' ? 'request.withToken' : 'request.withoutToken')}</Text>
      <form onSubmit={submit}>
        <Stack>
          <Group align="flex-end" gap="xs">
            <NativeSelect
              label={t('request.method')}
              data={[...methods]}
              value={request.method}
              onChange={(event) => set({ method: event.currentTarget.value })}
            />
            <TextInput
              label={t('request.path', { base: fhir.base })}
              flex="1 1 220px"
              spellCheck={false}
              autoComplete="off"
              classNames={{ input: 'code' }}
              value={request.path}
              onChange={(event) => set({ path: event.currentTarget.value.replace(/^\//, '') })}
            />
          </Group>
          <Textarea
            label={t('request.headers')}
            description={t('request.headers.what')}
            autosize
            minRows={1}
            maxRows={6}
            spellCheck={false}
            classNames={{ input: 'code' }}
            error={'wrong' in read ? t('request.headers.wrong', { line: read.wrong }) : undefined}
            value={request.headers}
            onChange={(event) => set({ headers: event.currentTarget.value })}
          />
          {hasBody(request.method) && (
            <Textarea
              label={t('request.body')}
              autosize
              minRows={4}
              maxRows={20}
              spellCheck={false}
              classNames={{ input: 'code' }}
              value={request.body}
              onChange={(event) => set({ body: event.currentTarget.value })}
            />
          )}
          <SendBar isPending={send.isPending} curl={curl} />
        </Stack>
      </form>
      <Outcome send={send} again={() => send.mutate(request)} />
    </Stack>
  );
}

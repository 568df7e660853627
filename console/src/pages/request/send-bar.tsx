import { Alert, Button, Code, Group } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { type UseMutationResult, useMutation } from '@tanstack/react-query';
import type { ComponentProps } from 'react';
import { useServer } from '../../login/use-login.js';
import { useMessages } from '../../messages/messages.js';
import { Failure } from '../../parts/failure.js';
import type { FhirAnswer } from '../../server/fhir-client.js';
import { AnswerView } from './answer-view.js';
import { hasBody, type PanelRequest, readHeaders } from './curl.js';

type Sending = UseMutationResult<FhirAnswer, Error, PanelRequest>;

/** Sends what is typed. Headers that cannot be read are left out: who calls has shown them as wrong. */
export function useSending(): Sending {
  const { fhir } = useServer();
  return useMutation({
    mutationFn: ({ method, path, headers, body }: PanelRequest) => {
      const read = readHeaders(headers);
      return fhir.send({
        method,
        path,
        ...('headers' in read && { headers: read.headers }),
        ...(hasBody(method) && body !== '' && { body }),
      });
    },
  });
}

/** The button that sends, and the same request for a shell. */
export function SendBar({ isPending, curl }: { readonly isPending: boolean; readonly curl: string }) {
  const t = useMessages();
  const clipboard = useClipboard();
  return (
    <>
      <Group>
        <Button type="submit" loading={isPending}>
          {t('request.send')}
        </Button>
        <Button variant="default" onClick={() => clipboard.copy(curl)}>
          {t(clipboard.copied ? 'json.copied' : 'request.copyCurl')}
        </Button>
      </Group>
      <Code block className="json" tabIndex={0}>
        {curl}
      </Code>
    </>
  );
}

interface OutcomeView extends Pick<ComponentProps<typeof AnswerView>, 'isIndented'> {
  readonly send: Sending;
  readonly again: () => void;
}

/** The answer, or why there is none. */
export function Outcome({ send, again, isIndented = false }: OutcomeView) {
  const t = useMessages();
  const { fhir } = useServer();
  return (
    <>
      {send.error instanceof RangeError && <Alert color="orange">{t('request.outside', { base: fhir.base })}</Alert>}
      {send.isError && !(send.error instanceof RangeError) && <Failure error={send.error} again={again} />}
      {send.data && <AnswerView answer={send.data} request={send.variables} isIndented={isIndented} />}
    </>
  );
}

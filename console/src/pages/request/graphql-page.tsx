import { Alert, SimpleGrid, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { type FormEvent, type KeyboardEvent, useState } from 'react';
import { useLogin, useServer } from '../../login/use-login.js';
import { useMessages } from '../../messages/messages.js';
import { PageTitle } from '../../parts/page-title.js';
import { curlOf } from './curl.js';
import { graphqlRequest, type GraphqlQuery, readVariables } from './graphql.js';
import { RequestLinks } from './request-links.js';
import { Outcome, SendBar, useSending } from './send-bar.js';

const begin: GraphqlQuery = {
  of: '',
  query: `query ($count: Int) {
  PatientList(_count: $count, _sort: "birthdate") {
    id
    birthDate
    name { family given }
  }
}`,
  variables: '{ "count": 10 }',
};

/** A query of `$graphql` with its variables, and the answer beside it. */
export function GraphqlPage() {
  const t = useMessages();
  const login = useLogin();
  const { fhir } = useServer();
  const [typed, setTyped] = useState(begin);
  const read = readVariables(typed.variables);
  const request = graphqlRequest(typed, 'variables' in read ? read.variables : {});
  const send = useSending();
  const ask = (): void => {
    if ('variables' in read) send.mutate(request);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    ask();
  };
  return (
    <Stack>
      <PageTitle text={t('graphql.title')} />
      <RequestLinks />
      <Text maw="70ch">{t(login.state === 'in' ? 'request.withToken' : 'request.withoutToken')}</Text>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <form onSubmit={submit}>
          <Stack>
            <QueryFields typed={typed} onChange={setTyped} ask={ask} />
            <SendBar isPending={send.isPending} curl={curlOf(fhir.base, request, login.state === 'in')} />
          </Stack>
        </form>
        <Stack miw={0}>
          {send.isIdle && <Alert role="note">{t('graphql.beside')}</Alert>}
          <Outcome send={send} again={ask} isIndented />
        </Stack>
      </SimpleGrid>
    </Stack>
  );
}

interface FieldsView {
  readonly typed: GraphqlQuery;
  readonly onChange: (next: GraphqlQuery) => void;
  readonly ask: () => void;
}

function QueryFields({ typed, onChange, ask }: FieldsView) {
  const t = useMessages();
  const read = readVariables(typed.variables);
  const code = { spellCheck: false, classNames: { input: 'code' } };
  const sendByKey = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) ask();
  };
  return (
    <>
      <TextInput
        {...code}
        label={t('graphql.of')}
        description={t('graphql.of.what')}
        autoComplete="off"
        value={typed.of}
        onChange={({ currentTarget: { value: of } }) => onChange({ ...typed, of })}
      />
      <Textarea
        {...code}
        label={t('graphql.query')}
        description={t('graphql.query.what')}
        autosize
        minRows={10}
        maxRows={30}
        value={typed.query}
        onChange={({ currentTarget: { value: query } }) => onChange({ ...typed, query })}
        onKeyDown={sendByKey}
      />
      <Textarea
        {...code}
        label={t('graphql.variables')}
        autosize
        minRows={2}
        maxRows={12}
        error={'wrong' in read ? t('graphql.variables.wrong', { why: read.wrong }) : undefined}
        value={typed.variables}
        onChange={({ currentTarget: { value: variables } }) => onChange({ ...typed, variables })}
        onKeyDown={sendByKey}
      />
    </>
  );
}

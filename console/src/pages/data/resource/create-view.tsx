import { Alert, Anchor, Breadcrumbs, Button, Group, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { Link, useParams } from 'react-router';
import { writingScopes } from '../../../login/page-scopes.js';
import { ScopesByButton } from '../../../login/scopes-needed.js';
import { useServer } from '../../../login/use-login.js';
import { useMessages } from '../../../messages/messages.js';
import { Failure } from '../../../parts/failure.js';
import { PageTitle } from '../../../parts/page-title.js';
import { WhyLink } from '../../../parts/why-link.js';
import type { FhirClient } from '../../../server/fhir-client.js';
import { isError, type Issue, issuesOf } from '../../../server/issues.js';
import { Findings } from './findings.js';
import { goToLine, ResourceText } from './resource-text.js';
import { templateOf } from './template.js';
import { type Created, postResource, validateResource } from './write-resource.js';

/** Creates a resource of a type, from a template or from JSON that is pasted. */
export function CreateView() {
  const { type = '' } = useParams();
  return <NewResource key={type} type={type} />;
}

type Outcome = { readonly findings: readonly Issue[] } | { readonly created: Created };

function NewResource({ type }: { readonly type: string }) {
  const t = useMessages();
  const { fhir, session } = useServer();
  const queries = useQueryClient();
  const [body, setBody] = useState(templateOf(type));
  const [unless, setUnless] = useState('');
  const validate = useMutation({ mutationFn: async () => issuesOf(await validateResource(fhir, type, body)) });
  const create = useMutation({
    mutationFn: async () => {
      await session.ensure(writingScopes);
      return created(fhir, { type, body, unless });
    },
    onSuccess: () => queries.invalidateQueries(),
  });
  const change = (text: string): void => {
    setBody(text);
    validate.reset();
    create.reset();
  };
  const found = create.data && 'findings' in create.data ? create.data.findings : validate.data;
  const area = useRef<HTMLTextAreaElement>(null);
  const error = create.error ?? validate.error;
  return (
    <Stack>
      <Breadcrumbs>
        <Anchor component={Link} to="/data">
          {t('nav.data')}
        </Anchor>
        <Anchor component={Link} to={`/data/${type}`}>
          {type}
        </Anchor>
      </Breadcrumbs>
      <PageTitle text={t('create.title', { type })} />
      <ResourceText description={t('create.what')} text={body} onChange={change} issues={found} area={area} />
      <TextInput
        label={t('create.unless')}
        description={t('create.unless.what')}
        placeholder="identifier=http://example.org/mrn|1001"
        maw={560}
        spellCheck={false}
        autoComplete="off"
        value={unless}
        onChange={({ currentTarget }) => setUnless(currentTarget.value)}
      />
      <Group>
        <Button variant="default" loading={validate.isPending} onClick={() => validate.mutate()}>
          {t('edit.validate')}
        </Button>
        <Button loading={create.isPending} onClick={() => create.mutate()}>
          {t('create.button')}
        </Button>
      </Group>
      {create.isError && <ScopesByButton scopes={writingScopes} />}
      {error !== null && <Failure error={error} more={<WhyLink request={`POST ${type}`} />} />}
      {found && <Findings issues={found} goTo={(line) => goToLine(area.current, line)} />}
      {create.data && 'created' in create.data && <Done type={type} created={create.data.created} />}
    </Stack>
  );
}

/** Sends nothing that the server finds errors in. */
async function created(fhir: FhirClient, sent: Parameters<typeof postResource>[1]): Promise<Outcome> {
  const findings = issuesOf(await validateResource(fhir, sent.type, sent.body));
  return findings.some(isError) ? { findings } : { created: await postResource(fhir, sent) };
}

function Done({ type, created: { isNew, id } }: { readonly type: string; readonly created: Created }) {
  const t = useMessages();
  return (
    <Alert role="status" color={isNew ? 'green' : 'orange'} title={t(isNew ? 'create.done' : 'create.there')}>
      <Anchor component={Link} to={`/data/${type}/${encodeURIComponent(id)}`}>
        {type}/{id}
      </Anchor>
    </Alert>
  );
}

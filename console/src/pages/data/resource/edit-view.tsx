import { Alert, Button, Group, Stack } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useMemo, useRef, useState } from 'react';
import { writingScopes } from '../../../login/page-scopes.js';
import { ScopesByButton } from '../../../login/scopes-needed.js';
import { useServer } from '../../../login/use-login.js';
import { useMessages } from '../../../messages/messages.js';
import { Failure } from '../../../parts/failure.js';
import { WhyLink } from '../../../parts/why-link.js';
import { AnswerRefused, type FhirAnswer } from '../../../server/fhir-client.js';
import { issuesOf } from '../../../server/issues.js';
import { Findings } from './findings.js';
import { goToLine, ResourceText } from './resource-text.js';
import { putResource, validateResource, versionIn } from './write-resource.js';

interface EditedResource {
  readonly type: string;
  readonly id: string;
  /** As it was read. */
  readonly answer: FhirAnswer;
}

/** The resource as text, to change: validated before it is sent, and stored only if nobody has changed it meanwhile. */
export function EditView({ type, id, answer }: EditedResource) {
  const t = useMessages();
  const { fhir, session } = useServer();
  const queries = useQueryClient();
  const [typed, setTyped] = useState(answer.text);
  // Of the version that the text began as, whatever is read meanwhile: nobody's change in between is lost.
  const [etag, setEtag] = useState(answer.headers.get('etag') ?? undefined);
  const validate = useMutation({ mutationFn: () => validateResource(fhir, type, typed) });
  const save = useMutation({
    mutationFn: async () => {
      await session.ensure(writingScopes);
      return putResource(fhir, { type, id, body: typed, etag });
    },
    onSuccess: async (next) => {
      setEtag(next);
      validate.reset();
      await queries.invalidateQueries();
    },
  });
  const area = useRef<HTMLTextAreaElement>(null);
  const found = useMemo(() => (validate.data === undefined ? undefined : issuesOf(validate.data)), [validate.data]);
  return (
    <Stack>
      <ResourceText description={t('edit.what')} text={typed} onChange={setTyped} issues={found} area={area} />
      <Group>
        <Button variant="default" loading={validate.isPending} onClick={() => validate.mutate()}>
          {t('edit.validate')}
        </Button>
        <Button loading={save.isPending} onClick={() => save.mutate()}>
          {t('edit.save')}
        </Button>
      </Group>
      {validate.isError && <Failure error={validate.error} again={() => validate.mutate()} />}
      {found && <Findings issues={found} goTo={(line) => goToLine(area.current, line)} />}
      {save.isError && <SaveFailure error={save.error} request={`PUT ${type}/${id}`} />}
      {save.isSuccess && (
        <Alert role="status" color="green">
          {t('edit.saved', { version: versionIn(save.data ?? '') })}
        </Alert>
      )}
    </Stack>
  );
}

function SaveFailure({ error, request }: { readonly error: unknown; readonly request: string }) {
  const t = useMessages();
  const isBehind = error instanceof AnswerRefused && error.answer.status === 412;
  return (
    <Stack>
      {isBehind && <Alert role="note">{t('edit.behind')}</Alert>}
      <ScopesByButton scopes={writingScopes} />
      <Failure error={error} more={<WhyLink request={request} />} />
    </Stack>
  );
}

import { Alert, Button, Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useMemo, useState } from 'react';
import { useAdmin } from '../../login/use-admin.js';
import { type Messages, useMessages } from '../../messages/messages.js';
import { inWords } from '../../parts/editor/check-by-schema.js';
import type { JsonSchema } from '../../parts/editor/json-schema.js';
import { SchemaEditor } from '../../parts/editor/schema-editor.js';
import { StructuredText, type Syntax, syntaxOf, written } from '../../parts/editor/structured-text.js';
import { Failure } from '../../parts/failure.js';
import { pathOf } from '../../server/admin-api.js';
import { AnswerRefused } from '../../server/fhir-client.js';
import type { Policy } from './policy.js';
import { TrialResult, TryButton, useTrial } from './try-button.js';

interface EditorView {
  readonly name: string;
  /** Only in the place of this version; absent: a new policy. */
  readonly version?: number;
  readonly text: string;
  readonly onChange: (text: string) => void;
  readonly saved: (policy: Policy) => void;
  readonly cancel: () => void;
  /** Fields above the text. */
  readonly children?: ReactNode;
}

/** A text that is neither JSON nor YAML. */
class Unreadable extends Error {}

/** A policy as JSON or YAML: the server checks all of it before it counts, and says everything that is wrong. */
export function PolicyEditor({ name, version, text, onChange, saved, cancel, children }: EditorView) {
  const t = useMessages();
  const api = useAdmin();
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: async () => {
      const ifMatch = version === undefined ? {} : { 'if-match': String(version) };
      return api.send<Policy>('PUT', pathOf('policies', name), parsed(text, t), ifMatch);
    },
    onSuccess: async (policy) => {
      await queries.invalidateQueries({ predicate: ({ queryKey }) => String(queryKey[0]).startsWith('polic') });
      saved(policy);
    },
  });
  const trial = useTrial();
  const [unreadable, setUnreadable] = useState<Unreadable>();
  const tryOut = (): void => {
    const read = readObject(text, t);
    setUnreadable(read instanceof Unreadable ? read : undefined);
    save.reset();
    if (read instanceof Unreadable) trial.reset();
    else trial.mutate({ policies: [{ ...read, name }] });
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setUnreadable(undefined);
    trial.reset();
    save.mutate();
  };
  const change = (next: string): void => {
    onChange(next);
    // What was found is about the text as it was.
    if (save.isError) save.reset();
    if (trial.isError) trial.reset();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        {children}
        <PolicyText text={text} onChange={change} error={save.error ?? trial.error} />
        <NotRead error={save.error instanceof Unreadable ? save.error : unreadable} />
        {save.isError && !(save.error instanceof Unreadable) && <Failure error={save.error} />}
        <Group>
          <Button type="submit" loading={save.isPending} disabled={name.trim() === ''}>
            {t('policies.save')}
          </Button>
          <TryButton trial={trial} label={t('policies.try')} disabled={name.trim() === ''} act={tryOut} />
          <Button variant="default" onClick={cancel}>
            {t('parts.cancel')}
          </Button>
        </Group>
        <TrialResult trial={trial} />
      </Stack>
    </form>
  );
}

interface TextView {
  readonly text: string;
  readonly onChange: (text: string) => void;
  /** The refusal of this text, with the places of what is wrong. */
  readonly error: Error | null;
}

function PolicyText({ text, onChange, error }: TextView) {
  const t = useMessages();
  const api = useAdmin();
  const schema = useQuery({
    queryKey: ['policy-schema'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => api.get<JsonSchema>('policy-schema', signal),
  });
  const found = useMemo(() => (error instanceof AnswerRefused ? findingsIn(error) : []), [error]);
  const syntax = syntaxOf(text);
  const rewrite = (to: string): void => {
    const read = readObject(text, t);
    if (!(read instanceof Unreadable)) onChange(written(read, to as Syntax));
  };
  return (
    <Stack gap="xs">
      <SegmentedControl
        aria-label={t('policies.syntax')}
        size="sm"
        w="fit-content"
        data={[
          { value: 'json', label: 'JSON' },
          { value: 'yaml', label: 'YAML' },
        ]}
        value={syntax}
        onChange={rewrite}
      />
      <SchemaEditor
        label={t('policies.text')}
        description={t('policies.text.what')}
        text={text}
        onChange={onChange}
        schema={schema.data}
        found={found}
      />
      {schema.isError && <Text size="sm">{t('policies.noSchema')}</Text>}
    </Stack>
  );
}

const findingsIn = ({ issues }: AnswerRefused) =>
  issues
    .filter(({ expression }) => expression !== undefined)
    .map(({ expression, fact }) => ({ at: expression!, text: fact }));

function NotRead({ error }: { readonly error: Unreadable | undefined }) {
  const t = useMessages();
  return error ? (
    <Alert color="orange" role="alert" title={t('policies.unreadable')}>
      {error.message}
    </Alert>
  ) : null;
}

function readObject(text: string, t: Messages): object | Unreadable {
  try {
    return Object(parsed(text, t)) as object;
  } catch (error) {
    return error as Unreadable;
  }
}

function parsed(text: string, t: Messages): unknown {
  const { faults, value } = new StructuredText(text);
  const [fault] = faults;
  if (fault) throw new Unreadable(inWords(fault, t).text);
  return value;
}

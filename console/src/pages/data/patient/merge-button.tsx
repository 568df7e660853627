import { Alert, Button, Checkbox, Group, Stack, Text, TextInput } from '@mantine/core';
import { type UseMutationResult, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { writingScopes } from '../../../login/page-scopes.js';
import { useServer } from '../../../login/use-login.js';
import { useMessages } from '../../../messages/messages.js';
import { Dialog } from '../../../parts/dialog.js';
import { Failure } from '../../../parts/failure.js';
import { WhyLink } from '../../../parts/why-link.js';
import { type Parameters, textOf } from '../../../server/parameters.js';
import { CountList } from './count-list.js';
import { call, countsIn } from './record.js';

/** Merges another patient into this one, after a preview; what was merged can be undone. */
export function MergeButton({ patient }: { readonly patient: string }) {
  const t = useMessages();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button variant="default" onClick={() => setOpen(true)}>
        {t('merge.button')}
      </Button>
      <Dialog isOpen={isOpen} close={() => setOpen(false)} title={t('merge.title', { patient })} size="lg">
        {isOpen && <Merging patient={patient} close={() => setOpen(false)} />}
      </Dialog>
    </>
  );
}

interface Choice {
  readonly source: string;
  readonly deletes: boolean;
}

function useMerge(patient: string, isPreview: boolean, done?: () => Promise<void>) {
  const { fhir, session } = useServer();
  return useMutation({
    mutationFn: async ({ source, deletes }: Choice) => {
      await session.ensure(writingScopes);
      return call(fhir, 'Patient/$merge', [
        { name: 'source-patient', valueReference: { reference: `Patient/${source}` } },
        { name: 'target-patient', valueReference: { reference: `Patient/${patient}` } },
        { name: 'preview', valueBoolean: isPreview },
        { name: 'delete-source', valueBoolean: deletes },
      ]);
    },
    ...(done && { onSuccess: done }),
  });
}

function Merging({ patient, close }: { readonly patient: string; readonly close: () => void }) {
  const t = useMessages();
  const queries = useQueryClient();
  const [choice, setChoice] = useState<Choice>({ source: '', deletes: false });
  const preview = useMerge(patient, true);
  const merge = useMerge(patient, false, () => queries.invalidateQueries());
  const change = (part: Partial<Choice>): void => {
    preview.reset();
    setChoice((before) => ({ ...before, ...part }));
  };
  if (merge.data) return <Merged done={merge.data} close={close} />;
  return (
    <Stack>
      <Text size="sm">{t('merge.what')}</Text>
      <TextInput
        label={t('merge.source')}
        description={t('merge.source.what')}
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
        value={choice.source}
        onChange={({ currentTarget }) => change({ source: currentTarget.value.trim().replace(/^Patient\//, '') })}
      />
      <Checkbox
        label={t('merge.deletes')}
        checked={choice.deletes}
        onChange={({ currentTarget }) => change({ deletes: currentTarget.checked })}
      />
      {preview.data && <CountList title={t('merge.changed')} counts={countsIn(preview.data, 'changed')} />}
      <Refused run={preview} />
      <Refused run={merge} />
      <Group justify="flex-end">
        <Button variant="default" onClick={close}>
          {t('parts.cancel')}
        </Button>
        <Button
          variant="default"
          loading={preview.isPending}
          disabled={choice.source === ''}
          onClick={() => preview.mutate(choice)}
        >
          {t('merge.preview')}
        </Button>
        <Button loading={merge.isPending} disabled={!preview.data} onClick={() => merge.mutate(choice)}>
          {t('merge.do')}
        </Button>
      </Group>
    </Stack>
  );
}

const Refused = ({ run }: { readonly run: UseMutationResult<Parameters, Error, Choice> }) =>
  run.isError ? <Failure error={run.error} more={<WhyLink request="POST Patient/$merge" />} /> : null;

function Merged({ done, close }: { readonly done: Parameters; readonly close: () => void }) {
  const t = useMessages();
  const { fhir, session } = useServer();
  const queries = useQueryClient();
  const provenance = textOf(done.parameter, 'provenance') ?? '';
  const undo = useMutation({
    mutationFn: async () => {
      await session.ensure(writingScopes);
      return call(fhir, 'Patient/$undo-merge', [{ name: 'provenance', valueReference: { reference: provenance } }]);
    },
    onSuccess: () => queries.invalidateQueries(),
  });
  return (
    <Stack>
      <Alert color={undo.data ? 'gray' : 'green'} role="status" title={t(undo.data ? 'merge.undone' : 'merge.done')}>
        <Text size="sm" className="break">
          {t('merge.provenance', { provenance })}
        </Text>
      </Alert>
      <CountList title={t('merge.changed')} counts={countsIn(undo.data ?? done, 'changed')} />
      {undo.isError && <Failure error={undo.error} more={<WhyLink request="POST Patient/$undo-merge" />} />}
      <Group justify="flex-end">
        {!undo.data && (
          <Button variant="default" loading={undo.isPending} onClick={() => undo.mutate()}>
            {t('merge.undo')}
          </Button>
        )}
        <Button onClick={close}>{t('parts.close')}</Button>
      </Group>
    </Stack>
  );
}

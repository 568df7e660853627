import { Alert, Button, Checkbox, FileInput, Group, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useServerAdmin } from '../../../login/use-admin.js';
import { useMessages } from '../../../messages/messages.js';
import { Failure } from '../../../parts/failure.js';
import { gzip, isArchive, type PackagePlan } from './packages.js';
import { PlanView } from './plan-view.js';

/** Looks at what a package would change, and installs it. */
export function InstallPackage() {
  const t = useMessages();
  const api = useServerAdmin();
  const queries = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const [isStrict, setStrict] = useState(false);
  const plan = useMutation({
    mutationFn: (sent: File) => api.upload<PackagePlan>('packages/plan?resources=sample', sent, gzip),
  });
  const install = useMutation({
    mutationFn: (sent: File) => api.upload<PackagePlan>(`packages${isStrict ? '?strict=true' : ''}`, sent, gzip),
    onSuccess: () => queries.invalidateQueries(),
  });
  const choose = (next: File | null): void => {
    setFile(next);
    plan.reset();
    install.reset();
  };
  const isWrong = file !== null && !isArchive(file.name);
  return (
    <Stack component="section" aria-label={t('packages.install.title')}>
      <Title order={2} size="h4">
        {t('packages.install.title')}
      </Title>
      <Text size="sm" maw="70ch">
        {t('packages.install.what')}
      </Text>
      <FileInput
        label={t('packages.file')}
        placeholder={t('packages.file.choose')}
        accept=".tgz,.tar.gz,application/gzip"
        maw={420}
        clearable
        clearButtonProps={{ 'aria-label': t('packages.file.clear') }}
        value={file}
        onChange={choose}
        error={isWrong ? t('packages.file.wrong') : undefined}
      />
      <Checkbox
        label={t('packages.strict')}
        checked={isStrict}
        onChange={({ currentTarget }) => setStrict(currentTarget.checked)}
      />
      <Group>
        <Button
          variant="default"
          disabled={file === null || isWrong}
          loading={plan.isPending}
          onClick={() => file && plan.mutate(file)}
        >
          {t('packages.plan')}
        </Button>
        <Button
          disabled={file === null || isWrong || !plan.data}
          loading={install.isPending}
          onClick={() => file && install.mutate(file)}
        >
          {t('packages.install')}
        </Button>
      </Group>
      <Outcome error={plan.error ?? install.error} plan={plan.data} installed={install.data} />
    </Stack>
  );
}

interface OutcomeView {
  /** Null: nothing failed. */
  readonly error: unknown;
  readonly plan: PackagePlan | undefined;
  readonly installed: PackagePlan | undefined;
}

function Outcome({ error, plan, installed }: OutcomeView) {
  const t = useMessages();
  return (
    <>
      {error !== null && <Failure error={error} />}
      {installed && (
        <Alert role="status" color="green" title={t('packages.isInstalled', { package: installed.package })}>
          {t('packages.isInstalled.what')}
        </Alert>
      )}
      {plan && !installed && <PlanView plan={plan} />}
    </>
  );
}

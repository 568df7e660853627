import { Button } from '@mantine/core';
import type { UseMutationResult } from '@tanstack/react-query';
import { useMutation } from '@tanstack/react-query';
import { useAdmin } from '../../login/use-admin.js';
import { useMessages } from '../../messages/messages.js';
import { Failure } from '../../parts/failure.js';
import type { Trial } from './trial.js';
import { TrialView } from './trial-view.js';

type Trying = UseMutationResult<Trial, Error, object>;

/** Tries a change of policies on what was decided lately; nothing is stored. */
export function useTrial(): Trying {
  const api = useAdmin();
  return useMutation({ mutationFn: (change: object) => api.send<Trial>('POST', 'policy-trials', change) });
}

interface TryView {
  readonly trial: Trying;
  readonly label: string;
  readonly disabled?: boolean;
  readonly act: () => void;
}

export function TryButton({ trial, label, disabled = false, act }: TryView) {
  return (
    <Button variant="default" onClick={act} loading={trial.isPending} disabled={disabled}>
      {label}
    </Button>
  );
}

/** Result of the trial. */
export function TrialResult({ trial }: { readonly trial: Trying }) {
  const t = useMessages();
  if (trial.isPending) return <p role="status">{t('policies.trying')}</p>;
  if (trial.isError) return <Failure error={trial.error} />;
  return trial.data ? <TrialView trial={trial.data} /> : null;
}

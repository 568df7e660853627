import { Button, Group, Stack, Stepper, Text } from '@mantine/core';
import { useState } from 'react';
import { type MessageKey, useMessages } from '../../messages/messages.js';
import { PageTitle } from '../../parts/page-title.js';
import type { KeyPair } from '../clients/key-pair.js';
import { AudienceStep } from './audience-step.js';
import { ClientsStep } from './clients-step.js';
import { IssuerStep } from './issuer-step.js';
import { ProofStep } from './proof-step.js';
import { type Choices, firstChoices, keepChoices, keptChoices } from './quickstart.js';
import { ResultStep } from './result-step.js';
import { ServerStep } from './server-step.js';

/** Data that each step reads and may change. */
export interface StepView {
  readonly choices: Choices;
  readonly choose: (change: Partial<Choices>) => void;
  /** Of the sample service, while the page that made it is open. */
  readonly keyPair: KeyPair | undefined;
  readonly setKeyPair: (pair: KeyPair) => void;
}

const steps: readonly (readonly [MessageKey, (view: StepView) => React.ReactNode])[] = [
  ['quickstart.server', ServerStep],
  ['quickstart.audience', AudienceStep],
  ['quickstart.issuer', IssuerStep],
  ['quickstart.clients', ClientsStep],
  ['quickstart.proof', ProofStep],
  ['quickstart.result', ResultStep],
];

/** Connects this server to an authorization server, step by step; each can be done again, and nothing is made twice. */
export function QuickstartPage() {
  const t = useMessages();
  const [choices, setChoices] = useState(keptChoices);
  const [keyPair, setKeyPair] = useState<KeyPair>();
  const choose = (change: Partial<Choices>): void => {
    const next = { ...choices, ...change };
    setChoices(next);
    keepChoices(next);
  };
  const step = Math.min(Math.max(choices.step, 0), steps.length - 1);
  const [title, Step] = steps[step]!;
  return (
    <Stack>
      <PageTitle text={t('quickstart.title')} />
      <Text maw="70ch">{t('quickstart.what')}</Text>
      <Stepper
        active={step}
        onStepClick={(next) => choose({ step: next })}
        orientation="horizontal"
        size="sm"
        wrap
        aria-label={t('quickstart.steps')}
      >
        {steps.map(([label]) => (
          <Stepper.Step key={label} label={t(label)} />
        ))}
      </Stepper>
      <Stack component="section" aria-label={t(title)} maw={900}>
        <Step choices={choices} choose={choose} keyPair={keyPair} setKeyPair={setKeyPair} />
      </Stack>
      <Group>
        {step > 0 && (
          <Button variant="default" onClick={() => choose({ step: step - 1 })}>
            {t('quickstart.back')}
          </Button>
        )}
        {step < steps.length - 1 && <Button onClick={() => choose({ step: step + 1 })}>{t('quickstart.next')}</Button>}
        {step > 0 && (
          <Button variant="subtle" onClick={() => choose(firstChoices)}>
            {t('quickstart.again')}
          </Button>
        )}
      </Group>
    </Stack>
  );
}

import { Alert, Button, Code, Group, Stack, Text, Textarea, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { decodeJwt } from '../../login/claims.js';
import { useServer } from '../../login/use-login.js';
import { useMessages } from '../../messages/messages.js';
import { Failure } from '../../parts/failure.js';
import type { FhirClient } from '../../server/fhir-client.js';
import { bareToken, explain, type Explanation } from '../why/explanation.js';
import { ExplanationView } from '../why/explanation-view.js';
import { choicesOf, commandText, usesOwn } from './quickstart.js';
import type { StepView } from './quickstart-page.js';
import { serviceToken, TokenRefused } from './service-token.js';

const request = 'GET Patient';

/** A real token read `GET Patient`, or why not. */
interface Proof {
  readonly token: string;
  readonly status: number;
  /** Matches that the caller may see. */
  readonly total?: number;
  readonly explanation?: Explanation;
}

/** Reads with a real token; what is refused is explained, with its cure. */
export function ProofStep({ choices, choose, keyPair }: StepView) {
  const t = useMessages();
  const { fhir, config } = useServer();
  const [pasted, setPasted] = useState('');
  const isOwn = usesOwn(choices, config.accounts);
  const proof = useMutation({ mutationFn: async (token: () => Promise<string>) => prove(fhir, await token()) });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    proof.mutate(async () => bareToken(pasted));
  };
  if (!choices.isThis) return <AtTerminal choices={choices} />;
  return (
    <Stack>
      <Title order={2} size="h4">
        {t('quickstart.proof')}
      </Title>
      <Text>
        {t('quickstart.proof.what')} <Code>{request}</Code>
      </Text>
      {isOwn && (
        <Group>
          <Button
            disabled={!keyPair}
            loading={proof.isPending}
            onClick={() => keyPair && proof.mutate(() => serviceToken(config.accounts ?? '', keyPair.privateJwk))}
          >
            {t('quickstart.proof.service')}
          </Button>
          {!keyPair && <Text size="sm">{t('quickstart.proof.noKey')}</Text>}
        </Group>
      )}
      <form onSubmit={submit}>
        <Stack>
          <Textarea
            label={t(isOwn ? 'quickstart.proof.orToken' : 'quickstart.proof.token')}
            description={t('why.token.what')}
            required
            autosize
            minRows={2}
            maxRows={8}
            autoComplete="off"
            spellCheck={false}
            classNames={{ input: 'code break' }}
            value={pasted}
            onChange={({ currentTarget }) => setPasted(currentTarget.value)}
          />
          <Group>
            <Button type="submit" variant="default" loading={proof.isPending}>
              {t('quickstart.proof.try')}
            </Button>
          </Group>
        </Stack>
      </form>
      {proof.isError && <ProofFailure error={proof.error} />}
      {proof.data && <ProofView proof={proof.data} {...{ choices, choose }} />}
    </Stack>
  );
}

/** A token for another server goes to that one alone, so not through this page. */
function AtTerminal({ choices }: Pick<StepView, 'choices'>) {
  const t = useMessages();
  return (
    <Stack>
      <Title order={2} size="h4">
        {t('quickstart.proof')}
      </Title>
      <Text>{t('quickstart.proof.another')}</Text>
      <Code block className="break" style={{ whiteSpace: 'pre-wrap' }} tabIndex={0}>
        {commandText(choices)}
      </Code>
    </Stack>
  );
}

function ProofFailure({ error }: { readonly error: unknown }) {
  const t = useMessages();
  if (!(error instanceof TokenRefused)) return <Failure error={error} />;
  return (
    <Alert color="orange" role="alert" title={t('quickstart.proof.noToken')}>
      <Text size="sm" className="break">
        {error.message}
      </Text>
    </Alert>
  );
}

async function prove(fhir: FhirClient, token: string): Promise<Proof> {
  const { status, json } = await fhir.send({ path: 'Patient?_count=1', token });
  if (status === 200) {
    const { total } = Object(json) as { readonly total?: number };
    return { token, status, ...(total !== undefined && { total }) };
  }
  return { token, status, explanation: await explain(fhir, { token, request, body: '' }) };
}

function ProofView({
  proof: { token, status, explanation },
  choose,
}: { readonly proof: Proof } & Pick<StepView, 'choices' | 'choose'>) {
  const t = useMessages();
  const { config } = useServer();
  const jwt = decodeJwt(token);
  const said = jwt && choicesOf(jwt, config.fhirBase);
  if (!explanation)
    return (
      <Alert role="status" color="green" title={t('quickstart.proof.good')}>
        <Text size="sm">{t('quickstart.proof.good.what')}</Text>
      </Alert>
    );
  const isForeign = said !== undefined && said.issuer !== '' && said.issuer !== config.accounts;
  return (
    <Stack>
      <Alert role="status" color="orange" title={t('quickstart.proof.bad', { status })}>
        <Stack align="flex-start" gap="xs">
          <Text size="sm">{t(isForeign ? 'quickstart.proof.foreign' : 'quickstart.proof.reasons')}</Text>
          {isForeign && (
            <Button variant="default" onClick={() => choose({ ...said, isOwn: false, step: 5 })}>
              {t('quickstart.proof.cure')}
            </Button>
          )}
        </Stack>
      </Alert>
      <ExplanationView explanation={explanation} />
    </Stack>
  );
}

import { Alert, Badge, Code, Group, Stack, Table, Text, Title } from '@mantine/core';
import { useServer } from '../../login/use-login.js';
import { useMessages } from '../../messages/messages.js';
import { Failure } from '../../parts/failure.js';
import { indentJson } from '../../parts/text/indent-json.js';
import { JsonView } from '../../parts/text/text-view.js';
import { WhyLink } from '../../parts/why-link.js';
import { AnswerRefused, type FhirAnswer } from '../../server/fhir-client.js';
import type { PanelRequest } from './curl.js';

interface Answer {
  readonly answer: FhirAnswer;
  readonly request: PanelRequest;
  /** True if JSON is shown with a line for each member. */
  readonly isIndented?: boolean;
}

/** Status, time, headers and body of an answer; a refusal with its cures before them. */
export function AnswerView({ answer, request: { method, path }, isIndented = false }: Answer) {
  const t = useMessages();
  const { fhir } = useServer();
  const { status, headers, text, took } = answer;
  return (
    <Stack component="section" aria-label={t('answer.title')}>
      <Group role="status">
        <Title order={2} size="h4">
          {t('answer.status', { status })}
        </Title>
        <Badge variant="default" tt="none">
          {t('answer.took', { ms: t.number(Math.round(took)) })}
        </Badge>
      </Group>
      {status >= 400 && <Failure error={new AnswerRefused(answer)} more={<WhyLink request={`${method} ${path}`} />} />}
      <details>
        <summary>{t('answer.headers')}</summary>
        <Table>
          <Table.Tbody>
            {[...headers].map(([name, value]) => (
              <Table.Tr key={name}>
                <Table.Th scope="row" className="code break" w="40%">
                  {name}
                </Table.Th>
                <Table.Td className="code break">{value}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </details>
      <Body
        text={isIndented && answer.json !== undefined ? indentJson(text) : text}
        isJson={answer.json !== undefined}
        base={fhir.base}
      />
    </Stack>
  );
}

function Body({ text, isJson, base }: { readonly text: string; readonly isJson: boolean; readonly base: string }) {
  const t = useMessages();
  if (text === '') return <Alert role="note">{t('answer.empty')}</Alert>;
  if (isJson) return <JsonView text={text} base={base} />;
  return (
    <>
      <Text size="sm">{t('answer.text')}</Text>
      <Code block className="json" tabIndex={0}>
        {text.slice(0, 100_000)}
      </Code>
    </>
  );
}

import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { writingScopes } from '../../../login/page-scopes.js';
import { useServer } from '../../../login/use-login.js';
import { useMessages } from '../../../messages/messages.js';
import { ConfirmButton } from '../../../parts/confirm-button.js';
import { putResource } from './write-resource.js';

interface OldVersion {
  readonly type: string;
  readonly id: string;
  readonly version: string;
  readonly text: string;
}

/** Stores an old version once more, as the newest one. */
export function RestoreButton({ type, id, version, text }: OldVersion) {
  const t = useMessages();
  const { fhir, session } = useServer();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const restore = async (): Promise<void> => {
    await session.ensure(writingScopes);
    const { headers } = await fhir.send({ path: `${type}/${encodeURIComponent(id)}` });
    await putResource(fhir, { type, id, body: text, etag: headers.get('etag') ?? undefined });
    await queries.invalidateQueries();
    await navigate(`/data/${type}/${encodeURIComponent(id)}`);
  };
  return <ConfirmButton label={t('edit.restore')} text={t('edit.restore.what', { version })} act={restore} />;
}

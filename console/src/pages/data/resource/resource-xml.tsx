import { useQuery } from '@tanstack/react-query';
import { useServer } from '../../../login/use-login.js';
import { Failure } from '../../../parts/failure.js';
import { Loading } from '../../../parts/loading.js';
import { XmlView } from '../../../parts/text/text-view.js';
import { AnswerRefused } from '../../../server/fhir-client.js';

/** A resource, or one version of it, as XML. */
export function ResourceXml({ path }: { readonly path: string }) {
  const { fhir } = useServer();
  const read = useQuery({
    queryKey: ['read-xml', path],
    queryFn: async ({ signal }) => {
      const headers = { accept: 'application/fhir+xml' };
      const answer = await fhir.send({ path: `${path}?_pretty=true`, headers, signal });
      if (answer.status !== 200) throw new AnswerRefused(answer);
      return answer.text;
    },
  });
  if (read.isError) return <Failure error={read.error} again={() => void read.refetch()} />;
  return read.isPending ? <Loading /> : <XmlView text={read.data} />;
}

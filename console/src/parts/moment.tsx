import { useMessages } from '../messages/messages.js';

/** A time in the zone of the browser; the instant as it is written on hover. */
export function Moment({ instant }: { readonly instant: string }) {
  const t = useMessages();
  const date = new Date(instant);
  return (
    <time dateTime={instant} title={instant}>
      {Number.isNaN(date.getTime()) ? instant : t.dateTime(date)}
    </time>
  );
}

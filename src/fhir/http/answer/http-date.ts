const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Days that were written lately. */
const written = new Map<string, string>();
const mostWritten = 1_000;

/** An instant in UTC as RFC 9110 section 5.6.7 writes it; cut out of its text, since `toUTCString` is slow. */
export function httpDate(instant: string): string {
  const date = instant.slice(0, 10);
  let day = written.get(date);
  if (day === undefined) {
    day = dayOf(date);
    if (written.size < mostWritten) written.set(date, day);
  }
  return `${day} ${instant.slice(11, 19)} GMT`;
}

function dayOf(date: string): string {
  const [year, month, day] = [date.slice(0, 4), Number(date.slice(5, 7)) - 1, date.slice(8, 10)];
  const weekday = new Date(Date.UTC(Number(year), month, Number(day))).getUTCDay();
  return `${days[weekday]}, ${day} ${months[month]} ${year}`;
}

/** The three forms of RFC 9110 section 5.6.7; the last two are obsolete but have to be understood. */
const forms = [
  /^[A-Z][a-z]{2}, (?<day>\d\d) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) (?<time>\d\d:\d\d:\d\d) GMT$/,
  /^[A-Z][a-z]{5,8}, (?<day>\d\d)-(?<month>[A-Z][a-z]{2})-(?<year>\d\d) (?<time>\d\d:\d\d:\d\d) GMT$/,
  /^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) (?<time>\d\d:\d\d:\d\d) (?<year>\d{4})$/,
];

/** The instant of an HTTP date, such as `2024-05-01T10:00:00`; undefined if it is none. Day names are not compared. */
export function readHttpDate(text: string): string | undefined {
  const parts = forms.map((form) => form.exec(text)?.groups).find((groups) => groups !== undefined);
  if (!parts) return undefined;
  const month = months.indexOf(parts['month']!) + 1;
  const day = parts['day']!.replace(' ', '0');
  const instant = `${fullYear(parts['year']!)}-${String(month).padStart(2, '0')}-${day}T${parts['time']}`;
  const date = new Date(`${instant}Z`);
  return month > 0 && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(instant) ? instant : undefined;
}

/** Two digits are the latest such year that is not more than fifty years ahead. */
function fullYear(digits: string): string {
  if (digits.length === 4) return digits;
  const latest = new Date().getUTCFullYear() + 50;
  const year = latest - (latest % 100) + Number(digits);
  return String(year > latest ? year - 100 : year);
}

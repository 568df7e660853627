import { useElementSize } from '@mantine/hooks';
import { useMessages } from '../../messages/messages.js';
import { ticksOf } from './ticks.js';

/** A value at a time. */
export interface ChartPoint {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly value: number;
  /** The time, as people read it. */
  readonly date: string;
}

interface ChartView {
  /** One at least, the oldest first. */
  readonly points: readonly ChartPoint[];
  /** Description of the picture for people who do not see it. */
  readonly label: string;
  readonly height?: number;
}

const edge = { left: 56, right: 16, top: 12, bottom: 28 };

/** Values over time, as a line. */
export function Chart({ points, label, height = 240 }: ChartView) {
  const { ref, width } = useElementSize<HTMLDivElement>();
  return (
    <div ref={ref}>
      {width > 0 && (
        <svg width={width} height={height} role="img" aria-label={label} className="chart">
          <Drawn points={points} width={width} height={height} />
        </svg>
      )}
    </div>
  );
}

interface DrawnView {
  readonly points: readonly ChartPoint[];
  readonly width: number;
  readonly height: number;
}

/** Points that are drawn one by one; more of them are a line. */
const mostDots = 40;

function Drawn({ points, width, height }: DrawnView) {
  const t = useMessages();
  const values = points.map(({ value }) => value);
  const ticks = ticksOf(Math.min(...values), Math.max(...values));
  const [first, last] = [points[0]!, points.at(-1)!];
  const [low, high] = [ticks[0]!, ticks.at(-1)!];
  const right = width - edge.right;
  const span = last.time - first.time;
  const x = ({ time }: ChartPoint): number =>
    span === 0 ? (edge.left + right) / 2 : edge.left + ((time - first.time) / span) * (right - edge.left);
  const y = (value: number): number =>
    height - edge.bottom - ((value - low) / (high - low)) * (height - edge.top - edge.bottom);
  return (
    <>
      {ticks.map((tick) => (
        <g key={tick}>
          <line x1={edge.left} x2={right} y1={y(tick)} y2={y(tick)} className="chart-grid" />
          <text x={edge.left - 8} y={y(tick)} dy="0.32em" textAnchor="end">
            {t.number(tick)}
          </text>
        </g>
      ))}
      <text x={edge.left} y={height - 8}>
        {first.date}
      </text>
      {span > 0 && (
        <text x={right} y={height - 8} textAnchor="end">
          {last.date}
        </text>
      )}
      <polyline points={points.map((point) => `${x(point)},${y(point.value)}`).join(' ')} className="chart-line" />
      {points.length <= mostDots &&
        points.map((point, at) => (
          // Two values may be of one time, and none moves.
          <circle key={at} cx={x(point)} cy={y(point.value)} r={4} className="chart-point">
            <title>{`${point.date}: ${t.number(point.value)}`}</title>
          </circle>
        ))}
    </>
  );
}

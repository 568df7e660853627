import { describe, expect, it } from 'vitest';
import { PrimaryTrack } from './primary-track.js';

const at = (position: number, identity = 'one') => ({ identity, position: BigInt(position) });

describe('the track of the primary', () => {
  it('tells the last moment whose writes a standby has', () => {
    const track = new PrimaryTrack(60_000);
    track.note(1000, at(10));
    track.note(2000, at(20));
    track.note(3000, at(30));
    expect(track.momentOf(at(9))).toBeUndefined();
    expect(track.momentOf(at(10))).toBe(1000);
    expect(track.momentOf(at(29))).toBe(2000);
    expect(track.momentOf(at(99))).toBe(3000);
  });

  it('counts as fresh what stands still together with the primary', () => {
    const track = new PrimaryTrack(60_000);
    for (let now = 0; now <= 600_000; now += 1000) track.note(now, at(10));
    expect(track.momentOf(at(10))).toBe(600_000);
  });

  it('forgets moments of long ago', () => {
    const track = new PrimaryTrack(60_000);
    track.note(0, at(10));
    track.note(60_001, at(20));
    expect(track.momentOf(at(10))).toBeUndefined();
  });

  it('knows nothing of another database or timeline, and of none from before a failover', () => {
    const track = new PrimaryTrack(60_000);
    expect(track.momentOf(at(10))).toBeUndefined();
    track.note(1000, at(10));
    expect(track.momentOf(at(10, 'two'))).toBeUndefined();
    track.note(2000, at(30, 'two'));
    expect(track.momentOf(at(20, 'two'))).toBeUndefined();
    expect(track.momentOf(at(30))).toBeUndefined();
  });
});

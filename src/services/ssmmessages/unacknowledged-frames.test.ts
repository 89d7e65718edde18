import { describe, expect, it } from 'vitest';
import { UnacknowledgedFrames } from './unacknowledged-frames.js';

function framesOf(...numbers: number[]): UnacknowledgedFrames {
  const frames = new UnacknowledgedFrames();
  for (const number of numbers) frames.add(number, new Uint8Array(1), 1, true);
  return frames;
}

const unsent = (frames: UnacknowledgedFrames): number[] => frames.unsent().map(({ sequence }) => sequence);

const sentBefore = (frames: UnacknowledgedFrames, number: number): number[] =>
  [...frames.sentBefore(frames.get(number)!)].map(({ sequence }) => sequence);

describe('unacknowledged frames', () => {
  it('are sent again in the order in which they came, not in that of their numbers', () => {
    const frames = framesOf(3, 2, 5, 4);
    expect(unsent(frames)).toEqual([]);
    frames.markAllUnsent();
    expect(unsent(frames)).toEqual([3, 2, 5, 4]);
  });

  it('keep that order when only some of them were passed over and repeated meanwhile', () => {
    const frames = framesOf(3, 2, 5, 4);
    frames.get(3)!.passed = true;
    frames.markSent(frames.get(3)!);
    expect(sentBefore(frames, 3)).toEqual([2, 5, 4]);
    frames.markAllUnsent();
    expect(unsent(frames)).toEqual([3, 2, 5, 4]);
  });

  it('stay, when repeated, where their first copy was sent: that may be the one that is acknowledged', () => {
    const frames = framesOf(3, 2, 5, 4);
    frames.markSent(frames.get(2)!);
    expect(sentBefore(frames, 2)).toEqual([3]);
    frames.markAllUnsent();
    for (const number of [2, 3]) frames.markSent(frames.get(number)!);
    expect(sentBefore(frames, 3)).toEqual([2]);
  });

  it('are behind those that came before, when they come anew after having been acknowledged', () => {
    const frames = framesOf(3, 2);
    frames.delete(3);
    frames.add(3, new Uint8Array(1), 1, false);
    frames.markAllUnsent();
    expect(unsent(frames)).toEqual([2, 3]);
  });
});

import { describe, expect, it } from 'vitest';
import { signalStatus } from './exit-status.js';
import { messageOf } from './failure-text.js';
import { reconnectDelay } from './reconnect-delay.js';
import { sessionStatus } from './session-status.js';

describe('the exit status of a session', () => {
  it('is the command’s own whenever there is one', () => {
    expect(sessionStatus({ kind: 'closed', output: 'whatever' }, 3, true)).toEqual({ status: 3 });
    expect(sessionStatus({ kind: 'failed', message: 'lost' }, 3, true)).toEqual({ status: 3 });
  });

  it('is 0 for a plain end of an agent that cannot tell, 255 for every other end', () => {
    expect(sessionStatus({ kind: 'closed', output: '' }, undefined, false)).toEqual({ status: 0 });
    expect(sessionStatus({ kind: 'closed', output: 'idle' }, undefined, false)).toEqual({
      status: 255,
      message: 'idle',
    });
    expect(sessionStatus({ kind: 'closed', output: '' }, undefined, true).status).toBe(255);
    expect(sessionStatus({ kind: 'failed', message: 'm' }, undefined, true)).toEqual({ status: 255, message: 'm' });
  });

  it('of a signal is what a shell reports', () => {
    expect(signalStatus('SIGINT')).toBe(130);
    expect(signalStatus('SIGPIPE')).toBe(141);
  });
});

describe('the text of a failure', () => {
  it('names what lies behind it, once', () => {
    expect(messageOf(new Error('cannot dial', { cause: new Error('ECONNREFUSED') }))).toBe('cannot dial: ECONNREFUSED');
    expect(messageOf(new Error('dial: ECONNREFUSED', { cause: new Error('ECONNREFUSED') }))).toBe('dial: ECONNREFUSED');
    expect(messageOf(new AggregateError([new Error('a'), new Error('b')]))).toBe('a, b');
    expect(messageOf(new Error('Close it.', { cause: new Error('locked') }))).toBe('Close it.');
    expect(messageOf('text')).toBe('text');
  });
});

describe('the delay before a reconnect', () => {
  it('doubles up to five seconds, spread by half', () => {
    expect([0, 1, 2, 3, 10, 1000].map((attempt) => reconnectDelay(attempt, 0.999999))).toEqual([
      100, 200, 400, 800, 5000, 5000,
    ]);
    expect(reconnectDelay(0, 0)).toBe(50);
  });
});

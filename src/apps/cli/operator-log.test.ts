import { describe, expect, it } from 'vitest';
import type { RequestEvent } from '../../platform/aws/endpoint/request-event.js';
import { createOperatorLog, requestLog } from './operator-log.js';

function logged(format: 'text' | 'json', verbose: boolean, ...events: Partial<RequestEvent>[]): string[] {
  const lines: string[] = [];
  const log = requestLog(createOperatorLog(format, verbose, { write: (text) => lines.push(text) }));
  for (const event of events) {
    const base = {
      id: 'r-1',
      kind: 'request',
      service: 'ecs',
      operation: 'X',
      status: 200,
      sourceIp: '127.0.0.1',
      ms: 1.6,
    };
    log({ ...base, ...event } as RequestEvent);
  }
  return lines;
}

describe('the operator’s log', () => {
  it('is one short line for people', () => {
    const [line] = logged('text', false, {
      operation: 'ExecuteCommand',
      status: 400,
      code: 'InvalidParameterException',
      reason: 'agent is PENDING',
      principal: 'arn:aws:iam::1:user/a',
    });
    expect(line).toMatch(
      /^\d\d:\d\d:\d\d info {2}ExecuteCommand {2}service=ecs {2}status=400 {2}code=InvalidParameterException {2}reason="agent is PENDING" {2}principal=arn:aws:iam::1:user\/a {2}ms=2\n$/,
    );
  });

  it('says in one line why a policy refused, and how to read all of it', () => {
    const [line] = logged('text', false, {
      operation: 'StopTask',
      status: 400,
      code: 'AccessDeniedException',
      reason: 'ecs:StopTask on x for y\ndenied: no identity-based policy allows ecs:StopTask\nTo allow it, add …',
    });
    expect(line).toContain('reason="denied: no identity-based policy allows ecs:StopTask"');
    expect(line).toContain('why="gangway why r-1"');
    expect(line).not.toContain('To allow it');
  });

  it('is JSON for programs, with everything', () => {
    const [line = ''] = logged('json', false, { operation: 'CreateCluster' });
    expect(JSON.parse(line)).toMatchObject({
      msg: 'CreateCluster',
      requestId: 'r-1',
      sourceIp: '127.0.0.1',
      level: 30,
    });
  });

  it('leaves out what only reads, and what agents say, unless it failed or more was asked for', () => {
    const quiet = [
      { operation: 'DescribeTasks' },
      { operation: 'SubmitTaskStateChange' },
      { operation: 'GET /v1/data-channel/s', status: 101, service: 'ssmmessages' },
    ];
    expect(logged('text', false, ...quiet)).toEqual([]);
    expect(logged('text', true, ...quiet)).toHaveLength(3);
    expect(logged('text', false, { operation: 'DescribeTasks', status: 400 })).toHaveLength(1);
  });

  it('shows what was thrown', () => {
    const [line] = logged('text', false, { status: 500, error: new Error('disk full') });
    expect(line).toContain('error X');
    expect(line).toContain('err="disk full"');
  });
});

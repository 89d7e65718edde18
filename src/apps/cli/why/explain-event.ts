import { explain } from '../../../core/policy/explain.js';
import type { CloudTrailRecord } from '../../../services/cloudtrail/cloudtrail-record.js';

/** Of a request's parameters on one line, in characters. */
const MAX_PARAMETERS_LENGTH = 400;

const LABEL_WIDTH = 10;

/** An event of the audit for a reader: who asked what, what was answered, and what the policies said to it. */
export function explainEvent(event: CloudTrailRecord): string {
  const { userIdentity: who, additionalEventData: more } = event;
  const key = who.accessKeyId === undefined ? '' : ` (access key ${who.accessKeyId})`;
  const refused = (more?.decisions ?? []).some(({ decision }) => decision.decision !== 'allowed');
  const lines = [
    `${event.eventName} at ${event.eventTime}: ${event.errorCode ?? 'allowed'}`,
    '',
    row('event', event.eventID),
    row('who', (who.arn ?? 'not known: the signature was refused') + key),
    row('from', [event.sourceIPAddress, event.userAgent].filter((part) => part !== '').join(', ')),
    row('asked', `${event.eventSource} ${event.eventName} ${parameters(event.requestParameters)}`.trimEnd()),
    ...(event.errorMessage === undefined ? [] : [row('answered', event.errorMessage || (event.errorCode ?? ''))]),
    // Of a refusal by policy the reason is what the decisions below say.
    ...(more?.reason === undefined || refused ? [] : [row('reason', more.reason)]),
    ...(event.serviceEventDetails === undefined ? [] : [row('details', parameters(event.serviceEventDetails))]),
  ];
  for (const { action, resource, decision } of more?.decisions ?? []) {
    const principal = who.arn === undefined ? {} : { arn: who.arn };
    lines.push('', explain({ principal, action, resource }, decision).trimEnd());
  }
  return `${lines.join('\n')}\n`;
}

function row(label: string, text: string): string {
  return `${label.padEnd(LABEL_WIDTH)}${text.replaceAll('\n', `\n${' '.repeat(LABEL_WIDTH)}`)}`;
}

function parameters(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = JSON.stringify(value);
  return text.length <= MAX_PARAMETERS_LENGTH ? text : `${text.slice(0, MAX_PARAMETERS_LENGTH)}…`;
}

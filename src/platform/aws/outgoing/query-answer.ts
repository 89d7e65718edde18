import { AwsError } from '../aws-error.js';
import type { HttpAnswer } from './http-exchange.js';
import { childOf, parseXml, textOf, type XmlElement } from './xml-element.js';

/** The `<ActionResult>` of a query operation, or its AwsError thrown. */
export function readQueryAnswer(action: string, answer: HttpAnswer): XmlElement {
  const { status, body } = answer;
  const root = parseXml(body);
  if (status === 200 && root?.name === `${action}Response`) {
    return childOf(root, `${action}Result`) ?? { name: `${action}Result`, text: '', children: [] };
  }
  const error = childOf(root, 'Error');
  throw new AwsError(
    textOf(error, 'Code') ?? `HTTP ${status}`,
    textOf(error, 'Message') ?? (root === undefined ? body.slice(0, 500) : ''),
    { status, fault: status >= 500 ? 'server' : 'client' },
  );
}

import { AwsError } from '../aws-error.js';
import type { HttpAnswer } from './http-exchange.js';
import { childOf, parseXml, textOf, type XmlElement } from './xml-element.js';

/**
 * The `<ActionResult>` of a query operation, or its AwsError thrown. EC2 puts what there is directly into the answer, and
 * an error into `<Errors>`.
 */
export function readQueryAnswer(action: string, answer: HttpAnswer): XmlElement {
  const { status, body } = answer;
  const root = parseXml(body);
  if (status === 200 && root?.name === `${action}Response`) {
    const bare = childOf(root, 'ResponseMetadata') === undefined;
    return childOf(root, `${action}Result`) ?? (bare ? root : { name: `${action}Result`, text: '', children: [] });
  }
  const error = childOf(root, 'Error') ?? childOf(childOf(root, 'Errors'), 'Error');
  throw new AwsError(
    textOf(error, 'Code') ?? `HTTP ${status}`,
    textOf(error, 'Message') ?? (root === undefined ? body.slice(0, 500) : ''),
    { status, fault: status >= 500 ? 'server' : 'client' },
  );
}

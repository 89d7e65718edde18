import { readFileSync } from 'node:fs';
import process from 'node:process';
import type { EndpointAccess } from '../../agent/endpoint-access.js';
import { managedCredentials } from '../../agent/host/managed-credentials.js';
import {
  type ManagedIdentity,
  readManagedIdentity,
  registerManagedInstance,
} from '../../agent/host/managed-identity.js';
import { causeOf, type Log } from '../../agent/log.js';
import { renewedCredentials } from '../../platform/aws/configuration/renewed-credentials.js';
import { createDial } from '../../platform/aws/dial-web-socket.js';
import type { Dial } from '../../platform/aws/message-socket.js';
import { mayPass } from '../../platform/aws/outgoing/retry.js';
import { PIN_FORM, type Trust } from '../../platform/aws/trust.js';
import type { Command } from 'commander';
import { InvalidArgumentError } from './commander.js';
import { connect } from './connect.js';
import { UsageError } from './usage-error.js';

export interface AgentAccessOptions {
  readonly endpoint?: string;
  readonly region?: string;
  readonly profile?: string;
  readonly activationId?: string;
  readonly activationCode?: string;
  readonly activationCodeFile?: string;
  /** PEM file. */
  readonly ca?: string;
  readonly pin?: string;
}

/** How a host reaches its endpoint, and as whom. */
export interface AgentAccess {
  readonly reached: EndpointAccess;
  readonly dial: Dial;
  /** Who it is where it has joined with an activation; its instance is EXTERNAL then. */
  readonly identity?: ManagedIdentity;
}

/** Where the code may be instead, so that it is in no process list. */
export const CODE_VARIABLE = 'GANGWAY_ACTIVATION_CODE';

export function addAgentAccessOptions(command: Command): Command {
  return command
    .option('--endpoint <url>', 'endpoint to join (default: AWS settings, or a gangway up on ~/.gangway)')
    .option('--region <name>', 'AWS region')
    .option('--profile <name>', 'profile of the AWS configuration files')
    .option('--activation-id <id>', 'join with this activation, once: the host then has an identity of its own')
    .option('--activation-code <code>', `its code (better: ${CODE_VARIABLE}, or a file)`)
    .option('--activation-code-file <file>', 'file with its code')
    .option('--ca <file>', 'PEM certificates of the endpoint to trust beside the usual ones')
    .option('--pin <pin>', 'trust this public key of the endpoint alone: sha256// and base64, as curl has it', readPin);
}

function readPin(text: string): string {
  if (!PIN_FORM.test(text)) throw new InvalidArgumentError('It is sha256// and the base64 of 32 bytes.');
  return text;
}

/**
 * With the identity that the host has; else, with an activation, by joining now; else with AWS's settings. `directory`
 * is the host's own, and locked.
 */
export async function agentAccess(options: AgentAccessOptions, directory: string, log: Log): Promise<AgentAccess> {
  const ca = trustOf(options);
  const { endpoint, region = process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'], profile } = options;
  const known = await readManagedIdentity(directory);
  if (known === undefined && options.activationId === undefined) {
    if (options.activationCode !== undefined || options.activationCodeFile !== undefined) {
      throw new UsageError('an activation code belongs to --activation-id');
    }
    const connection = await connect({
      ...(endpoint !== undefined && { endpointUrl: endpoint }),
      ...(options.region !== undefined && { region: options.region }),
      ...(profile !== undefined && { profile }),
    });
    const trust = ca ?? connection.ca;
    const reached = { endpointUrl: connection.endpoint('ecs'), region: connection.region };
    return {
      reached: { ...reached, credentials: connection.credentials, ...(trust !== undefined && { ca: trust }) },
      dial: ca === undefined ? connection.dial : createDial({ ca }),
    };
  }

  if (profile !== undefined) throw new UsageError('--profile and an activation contradict each other');
  if (endpoint === undefined) throw new UsageError('a host with an activation needs --endpoint');
  if (region === undefined) throw new UsageError('a host with an activation needs --region, or AWS_REGION');
  const reached = { endpointUrl: endpoint.replace(/\/+$/, ''), region, ...(ca !== undefined && { ca }) };
  if (known !== undefined && options.activationId !== undefined) {
    log.info({ instanceId: known.instanceId }, 'this host has joined already: the activation is not used');
  }
  const identity = known ?? (await registerManagedInstance(directory, reached, activationOf(options)));
  if (known === undefined) log.info({ instanceId: identity.instanceId }, 'joined as a managed instance');
  const credentials = renewedCredentials(managedCredentials(reached, identity));
  // Asked for now, so that what is wrong is said before anything else fails. Who is known may come before the endpoint.
  await credentials().catch((error: unknown) => {
    if (known === undefined || !mayPass(error)) throw error;
    log.warn({ cause: causeOf(error) }, 'the endpoint does not answer yet');
  });
  return { reached: { ...reached, credentials }, dial: createDial(ca === undefined ? {} : { ca }), identity };
}

function trustOf({ ca, pin }: AgentAccessOptions): Trust | undefined {
  if (ca !== undefined && pin !== undefined) throw new UsageError('--ca and --pin contradict each other');
  if (pin !== undefined) return { pin };
  if (ca === undefined) return undefined;
  const pem = readFileSync(ca, 'utf8');
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) throw new UsageError(`--ca: there is no PEM certificate in ${ca}`);
  return pem;
}

function activationOf(options: AgentAccessOptions): { readonly id: string; readonly code: string } {
  const code = activationCode(options);
  if (code === undefined) {
    throw new UsageError(`--activation-id needs --activation-code-file, --activation-code or ${CODE_VARIABLE}`);
  }
  return { id: options.activationId ?? '', code };
}

function activationCode({ activationCode: given, activationCodeFile: file }: AgentAccessOptions): string | undefined {
  if (given !== undefined && file !== undefined) {
    throw new UsageError('--activation-code and --activation-code-file contradict each other');
  }
  return given ?? (file === undefined ? process.env[CODE_VARIABLE] : readFileSync(file, 'utf8').trim());
}

import { describe } from 'vitest';
import { runtimeContract } from '../runtime.contract.js';
import { openSandbox, sandboxRefusal } from './sandbox.fixture.js';

const refusal = await sandboxRefusal();

describe.skipIf(refusal !== undefined)(`the sandbox keeps the contract of runtimes${refusal ?? ''}`, () => {
  runtimeContract({ image: 'host', open: () => Promise.resolve(openSandbox().runtime) });
});

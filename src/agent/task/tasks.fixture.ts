import type { AgentServiceMessage, ContainerPayload, TaskPayload } from '../../core/protocol/agent-service.js';
import type { Runtime } from '../../platform/runtime/runtime.js';
import { agentHost, containerPayload, RecordedLog, taskPayload } from '../fixtures/agent-host.fixture.js';
import { FakeRuntime } from '../fixtures/fake-runtime.fixture.js';
import { HandClock, settle } from '../fixtures/hand-clock.fixture.js';
import { ScriptedEndpoint } from '../fixtures/scripted-endpoint.fixture.js';
import type { TaskStateChange } from '../host/state-reports.js';
import { Tasks } from './tasks.js';

/** The tasks of a host whose runtimes are fakes; what is said of them is on record. */
export function setUpTasks(runtimes: readonly Runtime[] = [new FakeRuntime()]) {
  const clock = new HandClock();
  const endpoint = new ScriptedEndpoint();
  const log = new RecordedLog();
  const reports: TaskStateChange[] = [];
  const facts: AgentServiceMessage[] = [];
  const tasks = new Tasks({
    host: agentHost(endpoint, clock, { log }),
    runtimes,
    report: (state) => reports.push(state),
    say: (fact) => facts.push(fact),
  });
  const apply = async (change: Partial<TaskPayload> = {}): Promise<void> => {
    tasks.apply([taskPayload(change)]);
    await settle();
    await settle();
  };
  const runtime = runtimes[0] as FakeRuntime;
  const started = (): (string | undefined)[] => runtime.containers.map(({ spec }) => spec.argv[0]);
  return { clock, endpoint, log, runtime, reports, facts, tasks, apply, started };
}

/** Its command is its name. */
export function named(name: string, changes: Partial<ContainerPayload> = {}): ContainerPayload {
  return containerPayload(name, { command: [name], ...changes });
}

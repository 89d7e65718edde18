import { refusal, type TaskAnswer } from './task-answer.js';

/** What a container may learn of itself and its task. */
export interface ServedContainer {
  container(): unknown;
  task(withTags: boolean): unknown;
  /** Null before there is anything to measure, as ECS has it. */
  stats(): Promise<unknown>;
  taskStats(): Promise<unknown>;
}

/** `GET ${ECS_CONTAINER_METADATA_URI_V4}` and what lies below it. */
export async function answerMetadata(served: ServedContainer, below: string): Promise<TaskAnswer> {
  switch (below) {
    case '':
      return { status: 200, body: served.container() };
    case 'task':
      return { status: 200, body: served.task(false) };
    case 'taskWithTags':
      return { status: 200, body: served.task(true) };
    case 'stats':
      return { status: 200, body: await served.stats() };
    case 'task/stats':
      return { status: 200, body: await served.taskStats() };
    default:
      return refusal(404, 'NotFound', 'There is no such metadata.');
  }
}

import { ECS, type Expected, ID, inDefault, OTHER, TASK, web } from './expected-question.fixture.js';

/** What operations ask that concern tasks and task definitions beyond running them. */
export const taskTable: [operation: string, input: object, expected: Expected[]][] = [
  [
    'SubmitAttachmentStateChanges',
    { cluster: 'other', attachments: [] },
    [['ecs:SubmitAttachmentStateChanges', [OTHER]]],
  ],
  [
    'DeleteTaskDefinitions',
    { taskDefinitions: ['web:1', 'none:7'] },
    [['ecs:DeleteTaskDefinitions', [[web, { app: 'web' }], `${ECS}:task-definition/none:7`]]],
  ],
  [
    'GetTaskProtection',
    { cluster: 'default', tasks: [ID] },
    [['ecs:GetTaskProtection', [[TASK, { owner: 'ann' }]], inDefault]],
  ],
  [
    'UpdateTaskProtection',
    { cluster: 'default', tasks: [TASK], protectionEnabled: true },
    [['ecs:UpdateTaskProtection', [[TASK, { owner: 'ann' }]], inDefault]],
  ],
];

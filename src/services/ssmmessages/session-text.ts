/** What a client reads when its session is ended from outside. AWS's own words where they are known. */
export const SessionText = Object.freeze({
  /** wire-protocol 5.8 [D] */
  Idle: 'Your session timed out due to inactivity and has been terminated.',
  /** Ours: ECS Exec has none at AWS. */
  MaxDuration: 'Your session has reached the maximum duration of its cluster and has been terminated.',
  Terminated: 'Your session has been terminated.',
  PermissionRevoked: 'Your session has been terminated: you no longer have the permission it was started with.',
  TakenOver: 'Your session has been taken over by another client.',
  AgentAway: 'Your session has been terminated: its agent has not been connected for too long.',
  ClientNeverCame: 'Your session has been terminated: no client has connected to it in time.',
});

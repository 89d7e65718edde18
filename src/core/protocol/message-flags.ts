/** Flags of the binary message. They are set as the official programs set them; nobody reads them. */
export const MessageFlags = Object.freeze({
  None: 0,
  /** First message of the agent's stream. */
  Syn: 1,
  Fin: 2,
  /** `acknowledge` and `agent_session_state`. */
  SynFin: 3,
} as const);

export type MessageFlags = (typeof MessageFlags)[keyof typeof MessageFlags];

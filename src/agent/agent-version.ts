/** Announced on the control channel and in the handshake: all version gates of wire-protocol 4.6 agree with it. */
export const AGENT_VERSION = '3.3.0.0';

/** What NestJS injects where the port is an interface, not a class. */
export const CONFIG = Symbol('Config');
export const EVENT_STORE = Symbol('EventStore');
export const VAULT = Symbol('Vault');
export const POLICIES = Symbol('policies');
export const LOG = Symbol('log');
export const METRICS = Symbol('metrics');
